// The functions of CloudFormation, as far as they can be worked out from the template alone: Ref, GetAtt, Sub and Join.
import { normalisedName } from '../../shared/model/names.ts';
import { isMap, type Template, type TemplateResource } from './template.ts';

/** Why a value cannot be known here. */
export class Unresolved extends Error {
  override name = 'Unresolved';
}

/** What AWS::Region and its like become, unless they are given: enough to read an ARN by. */
const pseudo: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': '{region}',
  'AWS::AccountId': '{account}',
};

const arnTypes: Record<string, string> = {
  Component: 'component',
  ImageRecipe: 'image-recipe',
  InfrastructureConfiguration: 'infrastructure-configuration',
  DistributionConfiguration: 'distribution-configuration',
  ImagePipeline: 'image-pipeline',
};

export type Resolve = (value: unknown) => unknown;

/** Throws Unresolved with the reason. `given` are parameters by name, pseudo parameters among them. */
export function resolver({ resources, parameters }: Template, given: Record<string, string>): Resolve {
  const byId = new Map(resources.map((resource) => [resource.logicalId, resource]));
  const underWay = new Set<string>();

  /** A property that the resource's own ARN is made of. */
  function own({ logicalId, properties }: TemplateResource, property: 'Name' | 'Version'): unknown {
    const key = `${logicalId}.${property}`;
    if (underWay.has(key)) throw new Unresolved(`${key} refers to itself`);
    underWay.add(key);
    try {
      return resolve(properties[property]);
    } finally {
      underWay.delete(key);
    }
  }

  const reference = (name: string): unknown => {
    const declared = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (Object.hasOwn(given, name)) return declared ? inType(declared, given[name]) : given[name];
    const resource = byId.get(name);
    if (resource) return arnOf(resource);
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    if (declared && declared.Default !== undefined) return inType(declared, declared.Default);
    if (declared) throw new Unresolved(`the parameter ${name} has no default: give it with --parameter ${name}=…`);
    throw new Unresolved(`${name} is not a parameter and not a resource of Image Builder`);
  };

  const attribute = (name: string, path: string): unknown => {
    const resource = byId.get(name);
    if (!resource) throw new Unresolved(`${name} is not a resource of Image Builder, so its ${path} is not known`);
    if (path === 'Arn') return arnOf(resource);
    if (path === 'Name') return own(resource, 'Name');
    const version = /^LatestVersion\.(Arn|Major|Minor|Patch)$/.exec(path)?.[1];
    if (version) return arnOf(resource, version as keyof typeof wildcards);
    throw new Unresolved(`the attribute ${path} of ${name} is not known here`);
  };

  function arnOf(resource: TemplateResource, latest?: keyof typeof wildcards): string {
    const { logicalId, type, properties } = resource;
    const kind = arnTypes[type.slice('AWS::ImageBuilder::'.length)];
    if (!kind) throw new Unresolved(`resources of type ${type} are not carried over`);
    if (properties.Name === undefined) throw new Unresolved(`${logicalId} has no Name`);
    const name = normalisedName(String(own(resource, 'Name')));
    const written = properties.Version === undefined ? undefined : String(own(resource, 'Version'));
    const version = written !== undefined && latest ? wildcards[latest](written.split('.')) : written;
    return ['arn:aws:imagebuilder:{region}:{account}:' + kind, name, version]
      .filter((part) => part !== undefined)
      .join('/');
  }

  function substitute(text: string, values: Record<string, unknown>): string {
    return text.replace(/\$\{(!?)([^}]*)\}/g, (whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(values, name)) return String(resolve(values[name]));
      if (whole.includes('.')) {
        const [logicalId = '', ...path] = name.split('.');
        return String(attribute(logicalId, path.join('.')));
      }
      return String(reference(name));
    });
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isMap(value)) return value;
    const [name = '', argument] = Object.entries(value)[0] ?? [];
    if (Object.keys(value).length !== 1 || !/^(?:Ref|Condition|Fn::.+)$/.test(name))
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner)]));
    if (name === 'Ref') return reference(String(argument));
    if (name === 'Fn::GetAtt') {
      const [logicalId, ...path] = (Array.isArray(argument) ? argument : [argument]).join('.').split('.');
      return attribute(String(logicalId), path.join('.'));
    }
    if (name === 'Fn::Sub') {
      const [text, values] = Array.isArray(argument) ? argument : [argument, {}];
      return substitute(String(text), isMap(values) ? values : {});
    }
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      const parts = resolve(argument[1]);
      if (Array.isArray(parts)) return parts.map(String).join(String(argument[0]));
    }
    throw new Unresolved(`${name} is not worked out here`);
  }

  return resolve;
}

/** A parameter of a list type has its values with commas between them. */
function inType({ Type }: Template['parameters'][string], value: unknown): unknown {
  const list = typeof value === 'string' && /^(?:CommaDelimitedList|List<)/.test(String(Type));
  return list ? value.split(',').map((one) => one.trim()) : value;
}

const wildcards = {
  Arn: () => 'x.x.x',
  Major: ([major]: string[]) => `${major}.x.x`,
  Minor: ([major, minor]: string[]) => `${major}.${minor}.x`,
  Patch: (parts: string[]) => parts.join('.'),
};
