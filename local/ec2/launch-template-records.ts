// Finds launch templates and their versions, by id or name, number or alias, with EC2's errors for what is not there.
import { AwsError, type Caller, type Input } from '../service.ts';
import { optional } from './input.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './records.ts';
import type { Ec2 } from './room.ts';

/** The template that LaunchTemplateId or LaunchTemplateName names. */
export function namedTemplate(ec2: Ec2, input: Input, caller: Caller): LaunchTemplateRecord {
  const id = optional(input, 'LaunchTemplateId');
  const name = optional(input, 'LaunchTemplateName');
  if ((id === undefined) === (name === undefined))
    throw new AwsError(
      'MissingParameter',
      'You must specify either the launch template ID or the launch template name, but not both.',
    );
  return id === undefined ? byName(ec2, caller, name!) : byId(ec2, caller, id);
}

export function byId(ec2: Ec2, { accountId, region }: Caller, id: string): LaunchTemplateRecord {
  if (!/^lt-[0-9a-f]{17}$/.test(id))
    throw new AwsError('InvalidLaunchTemplateId.Malformed', `Invalid id: "${id}" (expecting "lt-...")`);
  const found = ec2.records.launchTemplates[id];
  if (found?.accountId === accountId && found.region === region) return found;
  throw new AwsError(
    'InvalidLaunchTemplateId.NotFound',
    `The specified launch template, with template ID ${id}, does not exist.`,
  );
}

export const ownTemplates = (ec2: Ec2, { accountId, region }: Caller): LaunchTemplateRecord[] =>
  Object.values(ec2.records.launchTemplates).filter((one) => one.accountId === accountId && one.region === region);

export function byName(ec2: Ec2, caller: Caller, name: string): LaunchTemplateRecord {
  const found = ownTemplates(ec2, caller).find((one) => one.name === name);
  if (found) return found;
  throw new AwsError(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  );
}

/** A version by its number, `$Default` or `$Latest`. */
export function versionOf(template: LaunchTemplateRecord, asked: string): LaunchTemplateVersionRecord {
  const { id, versions, defaultVersion } = template;
  const version =
    asked === '$Latest'
      ? versions.at(-1)
      : versions.find(({ number }) => (asked === '$Default' ? number === defaultVersion : String(number) === asked));
  if (version) return version;
  throw new AwsError(
    'InvalidLaunchTemplateId.VersionNotFound',
    `Could not find the specified version ${asked} for the launch template with ID ${id}.`,
  );
}

/** What RunInstances is asked for by a template: the version's data under what the request says itself. */
export function byTemplate(ec2: Ec2, input: Input, caller: Caller): Input {
  const { LaunchTemplate: asked, ...rest } = input;
  if (asked === undefined) return input;
  const { data } = versionOf(namedTemplate(ec2, asked, caller), optional(asked, 'Version') ?? '$Default');
  return { ...data, ...rest };
}
