// The published JSON Schema of the pipeline file: it is what the code makes, accepts what the code accepts, and refuses what editors should mark.
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pipelineJsonSchema } from '../../shared/model/json-schema.ts';
import { readPipelineFile } from '../../shared/model/pipeline-file.ts';
import { pipelineDefinitionSchema } from '../../shared/model/pipeline-schema.ts';

const schema = pipelineJsonSchema();
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

const recipe = { name: 'web', semanticVersion: '1.0.0', parentImage: 'ami-0123456789abcdef0' };
const smallest = { name: 'web', imageRecipe: recipe };

test('is the one in docs/schema (npx vitest -u writes it)', async () => {
  const text = `${JSON.stringify(schema, undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/schema/pipeline.schema.json');
});

describe('accepts, as the code does,', () => {
  test.each(['hello-web', 'hello-web-broken', 'web-server'])('the example %s', (name) => {
    const text = readFileSync(`examples/${name}/pipeline.yml`, 'utf8');
    expect(readPipelineFile(text, { file: name }).problems).toEqual([]);
    expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
  });

  const good: [string, string][] = [
    [
      'references',
      'name: web\nimageRecipe: web-recipe/1.x.x\ninfrastructureConfiguration: small\ndistributionConfiguration: europe\n',
    ],
    [
      'an owner and a name',
      "name: web\nimageRecipe:\n  name: web\n  semanticVersion: 1.0.0\n  parentImage: { owner: '099720109477', name: 'ubuntu/images/*24.04-amd64*' }\n",
    ],
    [
      'numbers as texts, and variables anywhere',
      `name: web
vars: { size: 9, team: shop, version: 1.0.0, regions: us-east-1, tests: true, port: }
imageRecipe:
  name: 'web-{{ vars.team }}'
  semanticVersion: '{{ vars.version }}'
  parentImage: ssm:/images/base
  components: [{ component: ./web.yml, parameters: { Port: 8080, Debug: true } }]
  blockDeviceMappings: [{ deviceName: /dev/xvda, ebs: { volumeSize: '{{ vars.size }}', encrypted: '{{vars.tests}}' } }]
distributionConfiguration: { distributions: [{ region: '{{ vars.regions }}' }] }
`,
    ],
  ];
  test.each(good)('%s', (_, text) => {
    const vars: Record<string, string> = text.includes('port:') ? { port: '1' } : {};
    const { problems } = readPipelineFile(text, { file: 'p.yml', vars });
    expect(problems).toEqual([]);
    expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
  });
});

describe('refuses, as the code does,', () => {
  const recipeWith = (changes: object) => ({ ...smallest, imageRecipe: { ...recipe, ...changes } });
  const device = (ebs: object) => recipeWith({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs }] });
  const region = (changes: object) => ({ ...smallest, distributionConfiguration: { distributions: [changes] } });
  const infrastructure = (changes: object) => ({ ...smallest, infrastructureConfiguration: changes });
  const bad: Record<string, unknown> = {
    'no recipe': { name: 'web' },
    'no name': { imageRecipe: recipe },
    'a key that is not known': { ...smallest, colour: 'blue' },
    'a misspelt key of the recipe': recipeWith({ componets: [] }),
    'a name of two letters': { ...smallest, name: 'ab' },
    'a version of two numbers': recipeWith({ semanticVersion: '1.0' }),
    'a version to be counted, in a pipeline': recipeWith({ semanticVersion: '1.0.x' }),
    'a parent that is nothing': recipeWith({ parentImage: 'ubuntu' }),
    'a parent without an owner': recipeWith({ parentImage: { name: 'ubuntu*' } }),
    'a component without a path or version': recipeWith({ components: [{ component: 'web.yml' }] }),
    'a component reference with x before a number': recipeWith({ components: [{ component: 'web/x.2.x' }] }),
    'a recipe reference without a version': { ...smallest, imageRecipe: 'web' },
    'a relative working directory': recipeWith({ workingDirectory: 'tmp' }),
    'an unknown section to skip': recipeWith({ sanitise: { skip: ['everything'] } }),
    'a volume of no size': device({ volumeSize: 0 }),
    'a volume type that is none': device({ volumeType: 'gp9' }),
    'a text for a number': device({ volumeSize: 'large' }),
    'a list that is a text': infrastructure({ instanceTypes: 't3.micro' }),
    'an instance type that is none': infrastructure({ instanceTypes: ['micro'] }),
    'a subnet that is none': infrastructure({ subnetIds: ['subnet-1'] }),
    'a hop limit of 65': infrastructure({ instanceMetadataOptions: { httpPutResponseHopLimit: 65 } }),
    'a region that is none': region({ region: 'Frankfurt' }),
    'a distribution without a region': region({}),
    'an account id that is none': region({
      region: 'eu-west-1',
      amiDistributionConfiguration: { launchPermission: { userIds: ['1'] } },
    }),
    'a status that is none': { ...smallest, status: 'ON' },
  };
  test.each(Object.keys(bad))('%s', (name) => {
    expect(pipelineDefinitionSchema.safeParse(bad[name]).success).toBe(false);
    expect(validate(bad[name])).toBe(false);
  });

  // What a JSON Schema of this draft cannot say: the code alone refuses it, when the file is read.
  test.each([
    [
      'a region twice',
      { ...smallest, distributionConfiguration: { distributions: [{ region: 'eu-west-1' }, { region: 'eu-west-1' }] } },
    ],
    ['subnetId and subnetIds', infrastructure({ subnetId: 'subnet-0000000a', subnetIds: ['subnet-0000000a'] })],
    ['a key without encryption', device({ kmsKeyId: 'alias/mine' })],
  ])('the code alone: %s', (_, file) => {
    expect(pipelineDefinitionSchema.safeParse(file).success).toBe(false);
    expect(validate(file)).toBe(true);
  });
});

test('every key has a description', () => {
  const silent: string[] = [];
  const look = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, inner] of Object.entries((node as { properties?: object }).properties ?? {}))
      if (!(inner as { description?: string }).description) silent.push(`${path}.${key}`);
    for (const [key, inner] of Object.entries(node)) look(inner, key === 'properties' ? path : `${path}.${key}`);
  };
  look(schema, '');
  expect(silent).toEqual([]);
});
