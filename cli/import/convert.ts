// The Image Builder resources of a template as our files, and everything that they do not say.
import { readFileSync } from 'node:fs';
import { checkDocument } from '../../shared/component/check-document.ts';
import { locate } from '../../shared/component/excerpt.ts';
import { normalisedName } from '../../shared/model/names.ts';
import { judgeResource } from '../../shared/model/resource-file.ts';
import { catalogued, parameterOf } from './amazon.ts';
import { type Carried, type Carrying, carried, fitted } from './carry.ts';
import type { ImportFinding } from './finding.ts';
import { resolver } from './intrinsics.ts';
import { isMap, type Template, type TemplateResource } from './template.ts';

/** Path within the folder to what the file holds. */
export type ImportedFiles = Map<string, Record<string, unknown>>;

export type Imported = { files: ImportedFiles; findings: ImportFinding[] };

type Convert = (carrying: Carrying, resource: TemplateResource, files: ImportedFiles) => void;

export function convert(template: Template, given: Record<string, string>): Imported {
  const findings: ImportFinding[] = [];
  const files: ImportedFiles = new Map();
  const carrying: Carrying = { template, findings, resolve: resolver(template, given) };
  for (const resource of template.resources) {
    const { logicalId, type, condition } = resource;
    const whole = (why: string) =>
      findings.push({ resource: logicalId, kind: 'left out', why, line: template.lineOf(['Resources', logicalId]) });
    if (condition !== undefined)
      findings.push({
        ...{
          resource: logicalId,
          property: 'Condition',
          kind: 'left out',
          why: `it is carried over whether ${condition} holds or not`,
        },
        line: template.lineOf(['Resources', logicalId, 'Condition']),
      });
    const conversion = conversions[type.slice('AWS::ImageBuilder::'.length)];
    if (conversion) conversion(carrying, resource, files);
    else whole(`resources of type ${type} have no counterpart here`);
  }
  return { files, findings: findings.sort((a, b) => a.line - b.line) };
}

/** Stands where something is required that is not known, so that `apply` points at it. */
const toBeNamed = 'TODO';

const isError = ({ severity }: { severity: string }) => severity === 'error';

const conversions: Record<string, Convert> = {
  Component(carrying, resource, files) {
    const one = carried(carrying, resource);
    const { version, data, uri, ...rest } = one.value;
    if (data === undefined && uri !== undefined)
      return one.tell(
        ['Uri'],
        'left out',
        `its document is in ${String(uri)}: fetch it, and register it under this name`,
      );
    one.value = { ...rest, semanticVersion: version, data };
    const text = String(data ?? '');
    const errors = data === undefined ? [] : checkDocument(text).diagnostics.filter(isError);
    for (const { message, offset } of errors) {
      const { line } = locate(text, offset);
      const why = `the document is carried over as it is, but does not compile here: its line ${line}: ${message}`;
      one.tell(['Data'], 'left out', why);
    }
    write(files, 'components', one, version);
  },
  ImageRecipe(carrying, resource, files) {
    const one = carried(carrying, resource);
    const { version, components, parentImage, ...rest } = one.value;
    one.value = {
      ...rest,
      semanticVersion: version,
      parentImage: parentImage === undefined ? toBeNamed : parentOf(String(parentImage), one),
      ...(Array.isArray(components) && {
        components: components.map((entry, index) => componentOf(isMap(entry) ? entry : {}, index, one, files)),
      }),
    };
    write(files, 'recipes', one, version);
  },
  InfrastructureConfiguration(carrying, resource, files) {
    const one = carried(carrying, resource);
    // By this key the file is known for what it is, whatever else is left.
    one.value = { ...one.value, instanceTypes: one.value.instanceTypes ?? [] };
    write(files, 'infrastructure', one);
  },
  DistributionConfiguration(carrying, resource, files) {
    const one = carried(carrying, resource);
    for (const entry of Array.isArray(one.value.distributions) ? one.value.distributions : []) {
      const ami = isMap(entry) ? entry.amiDistributionConfiguration : undefined;
      if (!isMap(ami) || ami.launchPermissionConfiguration === undefined) continue;
      ami.launchPermission = ami.launchPermissionConfiguration;
      delete ami.launchPermissionConfiguration;
    }
    write(files, 'distributions', one);
  },
  ImagePipeline(carrying, resource, files) {
    const one = carried(carrying, resource);
    const { imageRecipeArn, infrastructureConfigurationArn, distributionConfigurationArn, ...rest } = one.value;
    if (imageRecipeArn === undefined)
      return one.tell([], 'left out', 'it has no image recipe here: container recipes have no counterpart');
    one.value = {
      ...rest,
      imageRecipe: followed(carrying, resource.properties.ImageRecipeArn, ownReference(String(imageRecipeArn))),
      ...(infrastructureConfigurationArn !== undefined && {
        infrastructureConfiguration: ownReference(String(infrastructureConfigurationArn)),
      }),
      ...(distributionConfigurationArn !== undefined && {
        distributionConfiguration: ownReference(String(distributionConfigurationArn)),
      }),
    };
    write(files, 'pipelines', one);
  },
  LifecyclePolicy(carrying, resource, files) {
    const one = carried(carrying, resource);
    const { executionRole, resourceType = 'AMI_IMAGE', ...rest } = one.value;
    if (resourceType !== 'AMI_IMAGE')
      return one.tell(['ResourceType'], 'left out', 'container images have no counterpart here');
    if (executionRole !== undefined)
      one.tell(['ExecutionRole'], 'left out', 'the function apply-lifecycle has a role of its own');
    if (isMap(rest.resourceSelection) && rest.resourceSelection.tagMap !== undefined)
      one.tell(
        ['ResourceSelection', 'TagMap'],
        'replaced',
        'images here have no tags of their own: those of their AMIs are compared',
      );
    // As Image Builder counts: what is kept there is kept here.
    one.value = { ...rest, retainAcrossVersions: false };
    write(files, 'lifecycle', one);
    if (!carrying.findings.some(isGap(resource.logicalId))) return;
    files.set([...files.keys()].at(-1)!, { ...[...files.values()].at(-1)!, status: 'DISABLED' });
    one.tell(
      ['Status'],
      'replaced',
      'it is DISABLED, since it is not whole: complete it, look at a dry run, enable it',
    );
  },
};

/** Something of a policy that is missing now: without it, it could delete more. */
const isGap =
  (logicalId: string) =>
  ({ resource, property, kind }: ImportFinding) =>
    resource === logicalId && kind === 'left out' && property !== 'ExecutionRole' && property !== 'Tags';

/** `name`, `name/1.0.0` for the ARN of something of this account, whose number of a build will be another one here. */
function ownReference(text: string): string {
  const parts = /^arn:[^:]+:imagebuilder:[^:]+:[^:]+:[a-z-]+\/([^/]+)(?:\/([^/]+))?/.exec(text);
  return parts ? [parts[1], parts[2]].filter((part) => part !== undefined).join('/') : text;
}

/** Whatever the recipe of the template becomes when it is changed: versions here follow the content. */
function followed({ template }: Carrying, written: unknown, reference: string): string {
  const text = JSON.stringify(written);
  const isOfTemplate = template.resources.some(({ logicalId }) => text.includes(`"${logicalId}`));
  return isMap(written) && isOfTemplate ? reference.replace(/\.[0-9]+$/, '.x') : reference;
}

function parentOf(parent: string, { tell }: Carried): string {
  if (!/:imagebuilder:[^:]+:aws:image\//.test(parent))
    return parent.includes(':imagebuilder:') ? ownReference(parent) : parent;
  const parameter = parameterOf(parent);
  if (!parameter) {
    tell(
      ['ParentImage'],
      'left out',
      `${parent} is Amazon's, and which parameter holds it is not known: name an AMI id or ssm:<parameter>`,
    );
    return parent;
  }
  tell(['ParentImage'], 'replaced', `${parent} is Amazon's: ${parameter} is the newest of the same system`);
  return parameter;
}

/** An entry of a recipe; a component of Amazon's becomes the one of the catalogue, which goes into the folder. */
function componentOf(entry: Record<string, unknown>, index: number, { tell }: Carried, files: ImportedFiles) {
  const { componentArn, ...rest } = entry;
  if (componentArn === undefined) return { component: toBeNamed, ...rest };
  const arn = String(componentArn);
  if (!/:imagebuilder:[^:]+:aws(?:-[a-z-]+)?:component\//.test(arn)) return { component: ownReference(arn), ...rest };
  const ours = catalogued(arn);
  if (!ours) {
    tell(
      ['Components', index, 'ComponentArn'],
      'left out',
      `${arn} is Amazon's, and the catalogue has none of its name: write a document and name it here`,
    );
    return { component: arn, ...rest };
  }
  tell(
    ['Components', index, 'ComponentArn'],
    'replaced',
    `${arn} is Amazon's: the catalogue's document of the same name takes its place, perhaps with other parameters`,
  );
  files.set(`components/${ours.name}.yml`, {
    name: ours.name,
    semanticVersion: '1.0.0',
    data: readFileSync(ours.path, 'utf8'),
  });
  return { component: `${ours.name}/x.x.x`, ...rest };
}

/** Keys that CloudFormation has for the resource as such, and that are nothing of what is built. */
const plural: Record<string, string> = { tags: 'resources here have no tags of their own' };

function write(files: ImportedFiles, folder: keyof typeof kinds, one: Carried, version?: unknown): void {
  for (const [key, why] of Object.entries(plural)) {
    if (one.value[key] === undefined) continue;
    delete one.value[key];
    one.tell([key.slice(0, 1).toUpperCase() + key.slice(1)], 'left out', why);
  }
  const value = fitted(one, (tried) => judgeResource(kinds[folder], tried).findings, folder === 'lifecycle');
  const name = normalisedName(String(value.name ?? 'unnamed')).replace(/[^a-z0-9-]/g, '-');
  const free = [`${folder}/${name}.yml`, `${folder}/${name}-${String(version)}.yml`].find((path) => !files.has(path));
  files.set(free ?? `${folder}/${name}-${files.size}.yml`, inOrder(value));
}

const kinds = {
  components: 'component',
  recipes: 'image-recipe',
  infrastructure: 'infrastructure-configuration',
  distributions: 'distribution-configuration',
  pipelines: 'image-pipeline',
  lifecycle: 'lifecycle-policy',
} as const;

/** The keys that say what it is come first. */
function inOrder({ name, description, semanticVersion, parentImage, imageRecipe, ...rest }: Record<string, unknown>) {
  const first = Object.entries({ name, description, semanticVersion, parentImage, imageRecipe });
  return { ...Object.fromEntries(first.filter(([, value]) => value !== undefined)), ...rest };
}
