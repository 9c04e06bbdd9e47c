// EventBridge's API on top of the buses: events in, rules and targets made, listed and tried.
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import type { Hooks } from '../hooks.ts';
import { AwsError, type Caller, type Input, type Service } from '../service.ts';
import { type Admits, type BusAddress, type Deliveries, EventBuses, readBusArn, ruleArn } from './buses.ts';
import { keptRules } from './kept-rules.ts';
import { compilePattern } from './pattern.ts';
import { putEvent } from './put-events.ts';
import { type Rule, type RuleSettings, settingsOf, type Target } from './rule.ts';

export type Events = {
  service: Service;
  buses: EventBuses;
  /** Makes a rule from the properties of an AWS::Events::Rule. */
  stackRule(scope: Scope, properties: Input): void;
  /** Makes a bus from the properties of an AWS::Events::EventBus, or finds it. */
  stackBus(scope: Scope, properties: Input): void;
};

type Scope = Pick<Caller, 'accountId' | 'region'>;
export function events(
  cloud: Pick<Cloud, 'clock' | 'stateDirectory'>,
  deliveries: Deliveries,
  undelivered: (target: Target, ruleArn: string, payload: string, error: unknown) => void,
  carry?: Hooks['carry'],
  admits?: Admits,
): Events {
  const buses = new EventBuses(cloud.clock, deliveries, undelivered, carry, admits);
  const save = keptRules(join(cloud.stateDirectory, 'events', 'rules.json'), buses);
  const address = (input: Input, caller: Scope): BusAddress => busOf(input.EventBusName, caller);
  const ruleOf = (input: Input, caller: Caller, name: unknown) => {
    const rule = buses.find(address(input, caller)).rules.get(String(name));
    if (rule) return rule;
    throw new AwsError(
      'ResourceNotFoundException',
      `Rule ${name} does not exist on EventBus ${address(input, caller).name}.`,
    );
  };
  const inScope = (scope: Scope) => {
    buses.find({ ...scope, name: 'default' });
    return buses.all().filter(({ address: at }) => at.accountId === scope.accountId && at.region === scope.region);
  };
  const exists = (at: BusAddress) => inScope(at).some((found) => found.address.name === at.name);
  const changeState = (State: Rule['State']) => (input: Input, caller: Caller) => {
    const rule = ruleOf(input, caller, input.Name);
    buses.putRule(address(input, caller), { ...settingsOf(rule), State }, rule.targets, rule.fromStack);
    save();
  };

  return {
    buses,
    stackBus(scope, properties) {
      const at = { ...scope, name: String(properties.Name) };
      if (!exists(at)) buses.create(at, true);
    },
    stackRule(scope, properties) {
      const { EventPattern, Targets = [], EventBusName, State = 'ENABLED', ...settings } = properties;
      const pattern = typeof EventPattern === 'object' ? JSON.stringify(EventPattern) : EventPattern;
      const rule = { Name: String(settings.Name), ...settings, State, EventPattern: pattern } as RuleSettings;
      buses.putRule(busOf(EventBusName, scope), rule, Targets, true);
    },
    service: {
      signingName: 'events',
      protocol: 'json',
      targetPrefix: 'AWSEvents',
      jsonVersion: '1.1',
      operations: {
        PutEvents(input, caller) {
          const Entries = ((input.Entries ?? []) as Input[]).map((entry) =>
            putEvent(buses, entry, caller, busOf(entry.EventBusName, caller)),
          );
          return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
        },
        PutRule(input, caller) {
          const { Name, EventPattern, ScheduleExpression, State = 'ENABLED', Description, RoleArn } = input;
          const settings = { Name, EventPattern, ScheduleExpression, State, Description, RoleArn };
          buses.putRule(address(input, caller), settings, undefined, false);
          save();
          return { RuleArn: ruleArn(address(input, caller), Name) };
        },
        PutTargets(input, caller) {
          const at = address(input, caller);
          const rule = ruleOf(input, caller, input.Rule);
          const targets = (input.Targets ?? []) as Target[];
          for (const target of targets) buses.checkTarget(at, rule.Name, target);
          const others = rule.targets.filter((target) => !targets.some(({ Id }) => Id === target.Id));
          buses.putRule(at, settingsOf(rule), [...others, ...targets], rule.fromStack);
          save();
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
        RemoveTargets(input, caller) {
          const rule = ruleOf(input, caller, input.Rule);
          const rest = rule.targets.filter((target) => !(input.Ids ?? []).includes(target.Id));
          buses.putRule(address(input, caller), settingsOf(rule), rest, rule.fromStack);
          save();
          return { FailedEntryCount: 0, FailedEntries: [] };
        },
        DeleteRule(input, caller) {
          const at = address(input, caller);
          if (buses.find(at).rules.get(input.Name)?.targets.length) {
            throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
          }
          buses.removeRule(at, input.Name);
          save();
        },
        EnableRule: changeState('ENABLED'),
        DisableRule: changeState('DISABLED'),
        DescribeRule: (input, caller) => describe(address(input, caller), ruleOf(input, caller, input.Name)),
        ListRules: (input, caller) => ({
          Rules: [...buses.find(address(input, caller)).rules.values()]
            .filter((rule) => rule.Name.startsWith(input.NamePrefix ?? ''))
            .map((rule) => describe(address(input, caller), rule)),
        }),
        ListRuleNamesByTarget: (input, caller) => ({
          RuleNames: [...buses.find(address(input, caller)).rules.values()]
            .filter(({ targets }) => targets.some(({ Arn }) => Arn === input.TargetArn))
            .map(({ Name }) => Name),
        }),
        ListTargetsByRule: (input, caller) => ({ Targets: ruleOf(input, caller, input.Rule).targets }),
        TestEventPattern: (input) => ({ Result: compilePattern(String(input.EventPattern))(JSON.parse(input.Event)) }),
        CreateEventBus(input, caller) {
          const at = { ...caller, name: String(input.Name) };
          if (exists(at)) throw new AwsError('ResourceAlreadyExistsException', `Event bus ${at.name} already exists.`);
          const bus = buses.create(at, false);
          save();
          return { EventBusArn: bus.arn };
        },
        DeleteEventBus(input, caller) {
          buses.remove({ ...caller, name: String(input.Name) });
          save();
        },
        DescribeEventBus(input, caller) {
          const at = busOf(input.Name, caller);
          return { Name: at.name, Arn: buses.find(at).arn };
        },
        ListEventBuses: (input, caller) => ({
          EventBuses: inScope(caller)
            .filter(({ address: { name } }) => name.startsWith(input.NamePrefix ?? ''))
            .map(({ address: { name }, bus }) => ({ Name: name, Arn: bus.arn, CreationTime: new Date(bus.created) })),
        }),
      },
    },
  };
}

// A bus is asked for by name or ARN; without either it is the caller's default one.
function busOf(name: unknown, { accountId, region }: Scope): BusAddress {
  const asked = typeof name === 'string' && name !== '' ? name : 'default';
  return asked.startsWith('arn:') ? readBusArn(asked) : { accountId, region, name: asked };
}

function describe(address: BusAddress, rule: Rule): Input {
  return { ...settingsOf(rule), Arn: ruleArn(address, rule.Name), EventBusName: address.name };
}
