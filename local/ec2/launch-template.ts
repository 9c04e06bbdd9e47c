// Launch templates: made, changed in their default version, found and deleted.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { digest } from './client-token.ts';
import { filtered } from './filter.ts';
import { newId } from './identifier.ts';
import { list, optional, page, required } from './input.ts';
import { byId, byName, namedTemplate, ownTemplates, versionOf } from './launch-template-records.ts';
import { checkedData, versionView } from './launch-template-version.ts';
import type { LaunchTemplateRecord } from './records.ts';
import type { Ec2 } from './room.ts';
import { setTags, tagSet, tagSpecifications, tagsOf } from './tags.ts';

export const createLaunchTemplateParameters =
  'LaunchTemplateName VersionDescription LaunchTemplateData TagSpecification ClientToken';

export function createLaunchTemplate(ec2: Ec2, input: Input, caller: Caller): unknown {
  const { accountId, region } = caller;
  const name = required(input, 'LaunchTemplateName');
  if (!/^[a-zA-Z0-9().\-/_]{3,128}$/.test(name))
    throw new AwsError('InvalidLaunchTemplateName.MalformedException', `The launch template name ${name} is not valid`);
  const token = optional(input, 'ClientToken');
  const request = digest(input);
  const earlier = token && ownTemplates(ec2, caller).find((one) => one.token === token);
  if (earlier && earlier.request === request) return { launchTemplate: templateView(ec2, earlier) };
  if (earlier)
    throw new AwsError('IdempotentParameterMismatch', `The client token ${token} was used with other parameters.`);
  if (ownTemplates(ec2, caller).some((one) => one.name === name))
    throw new AwsError('InvalidLaunchTemplateName.AlreadyExistsException', 'Launch template name already in use.');
  const data = checkedData(input);
  const tags = tagSpecifications(input, ['launch-template']);
  const created = new Date(ec2.cloud.clock.now()).toISOString();
  const description = optional(input, 'VersionDescription');
  const template: LaunchTemplateRecord = {
    ...{ accountId, region, id: newId('lt'), name, created, createdBy: caller.principalArn },
    ...{ defaultVersion: 1, latestVersion: 1, request, ...(token && { token }) },
    versions: [
      { number: 1, created, createdBy: caller.principalArn, data, ...(description !== undefined && { description }) },
    ],
  };
  ec2.records.launchTemplates[template.id] = template;
  setTags(ec2, caller, template.id, tags['launch-template']);
  ec2.records.save();
  return { launchTemplate: templateView(ec2, template) };
}

export function templateView(ec2: Ec2, template: LaunchTemplateRecord): unknown {
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    createTime: new Date(template.created),
    createdBy: template.createdBy,
    defaultVersionNumber: template.defaultVersion,
    latestVersionNumber: template.versions.at(-1)!.number,
    tagSet: tagSet(tagsOf(ec2, template.accountId, template.id)),
  };
}

export const modifyLaunchTemplateParameters = 'LaunchTemplateId LaunchTemplateName SetDefaultVersion ClientToken';

export function launchTemplateOperations(ec2: Ec2): Record<string, Operation> {
  return {
    ModifyLaunchTemplate(input, caller) {
      const template = namedTemplate(ec2, input, caller);
      const asked = optional(input, 'SetDefaultVersion');
      if (asked !== undefined) template.defaultVersion = versionOf(template, asked).number;
      ec2.records.save();
      return { launchTemplate: templateView(ec2, template) };
    },
    DescribeLaunchTemplates(input, caller) {
      const ids = list(input, 'LaunchTemplateId').map((id) => byId(ec2, caller, id));
      const names = list(input, 'LaunchTemplateName').map((name) => byName(ec2, caller, name));
      const asked = [...ids, ...names];
      const found = filtered(
        asked.length > 0 ? asked : ownTemplates(ec2, caller),
        input,
        { 'launch-template-name': ({ name }) => [name] },
        ({ id }) => tagsOf(ec2, caller.accountId, id),
      );
      const { items, nextToken } = page(found, input);
      return { launchTemplates: items.map((one) => templateView(ec2, one)), nextToken };
    },
    DeleteLaunchTemplate(input, caller) {
      const template = namedTemplate(ec2, input, caller);
      const view = templateView(ec2, template);
      delete ec2.records.launchTemplates[template.id];
      delete ec2.records.tags[template.id];
      ec2.records.save();
      return { launchTemplate: view };
    },
    DescribeLaunchTemplateVersions(input, caller) {
      const template = namedTemplate(ec2, input, caller);
      const asked = list(input, 'LaunchTemplateVersion');
      const versions = asked.length > 0 ? asked.map((one) => versionOf(template, one)) : template.versions.toReversed();
      const found = filtered(versions, input, {
        'image-id': ({ data }) => [optional(data, 'ImageId')],
        'instance-type': ({ data }) => [optional(data, 'InstanceType')],
        'is-default-version': ({ number }) => [String(number === template.defaultVersion)],
      });
      const { items, nextToken } = page(found, input);
      return { launchTemplateVersionSet: items.map((one) => versionView(template, one)), nextToken };
    },
    DeleteLaunchTemplateVersions(input, caller) {
      const template = namedTemplate(ec2, input, caller);
      const { id: launchTemplateId, name: launchTemplateName } = template;
      const deleted = [];
      const refused = [];
      for (const asked of list(input, 'LaunchTemplateVersion')) {
        const one = { launchTemplateId, launchTemplateName, versionNumber: Number(asked) };
        const known = template.versions.some(({ number }) => number === Number(asked));
        const isDefault = Number(asked) === template.defaultVersion;
        if (known && !isDefault) {
          template.versions = template.versions.filter(({ number }) => number !== Number(asked));
          deleted.push(one);
          continue;
        }
        const code = known ? 'unexpectedError' : 'launchTemplateVersionDoesNotExist';
        const message = known
          ? 'The default version of a launch template cannot be deleted.'
          : `The version ${asked} does not exist.`;
        refused.push({ ...one, responseError: { code, message } });
      }
      ec2.records.save();
      return {
        successfullyDeletedLaunchTemplateVersionSet: deleted,
        unsuccessfullyDeletedLaunchTemplateVersionSet: refused,
      };
    },
  };
}
