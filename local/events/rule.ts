// A rule: which events (or how often), to which targets; checked when it is made.
import { AwsError } from '../service.ts';
import { compilePattern, type Matcher } from './pattern.ts';
import { checkInput, type InputChoice } from './target-input.ts';

export type Target = InputChoice & {
  Id: string;
  Arn: string;
  RoleArn?: string;
  DeadLetterConfig?: { Arn?: string };
  RetryPolicy?: object;
};

export type RuleSettings = {
  Name: string;
  EventPattern?: string;
  ScheduleExpression?: string;
  State: 'ENABLED' | 'DISABLED';
  Description?: string;
  RoleArn?: string;
};

export type Rule = RuleSettings & { matches: Matcher; targets: Target[]; fromStack: boolean };

const understood = [
  'Id',
  'Arn',
  'RoleArn',
  'Input',
  'InputPath',
  'InputTransformer',
  'DeadLetterConfig',
  'RetryPolicy',
];

export function makeRule(settings: RuleSettings, targets: Target[], fromStack: boolean): Rule {
  if (!settings.EventPattern && !settings.ScheduleExpression) {
    throw validation(`Rule ${settings.Name}: Parameter(s) EventPattern or ScheduleExpression must be specified.`);
  }
  const matches = settings.EventPattern ? compilePattern(settings.EventPattern) : () => false;
  return { ...settings, matches, targets, fromStack };
}

export function settingsOf(rule: Rule): RuleSettings {
  const { matches: _, targets: __, fromStack: ___, ...settings } = rule;
  return settings;
}

/** `services` are those that can be delivered to, by the third part of their ARNs. */
export function checkTarget(target: Target, rule: { region: string; name: string }, services: string[]): void {
  const [prefix, , service = '', region] = String(target.Arn).split(':');
  if (prefix !== 'arn' || !services.includes(service)) {
    throw validation(
      `Target ${target.Id} of rule ${rule.name}: the local cloud cannot deliver to ${target.Arn}, only to ${services.join(', ')}`,
    );
  }
  const unknown = Object.keys(target).filter((key) => !understood.includes(key));
  if (unknown.length > 0) {
    throw validation(`Target ${target.Id} of rule ${rule.name}: the local cloud does not have ${unknown.join(', ')}`);
  }
  if (service === 'states' || (service === 'events' && region !== rule.region)) {
    if (!target.RoleArn) throw validation(`RoleArn is required for target ${target.Arn}.`);
  }
  checkInput(target);
}

const validation = (message: string) => new AwsError('ValidationException', message);
