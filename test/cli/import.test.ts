// What a CloudFormation template becomes, and that nothing of it goes without a word.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { convert, type Imported } from '../../cli/import/convert.ts';
import { readTemplate } from '../../cli/import/template.ts';
import { readResources } from '../../cli/registry/folder.ts';
import { readResourceFile } from '../../shared/model/resource-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'import-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function imported(text: string, given: Record<string, string> = {}): Imported {
  const { template, problems } = readTemplate(text, 't.yml');
  expect(problems).toEqual([]);
  return convert(template!, given);
}

/** `Resource.Property: line, kind: why` */
const told = ({ findings }: Imported) =>
  findings.map(
    ({ resource, property, line, kind, why }) =>
      `${[resource, property].filter(Boolean).join('.')}: ${line}, ${kind}: ${why}`,
  );

/** What `apply` makes of the files. */
async function readBack({ files }: Imported) {
  for (const [name, value] of files) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), stringify(value));
  }
  return readResources([directory]);
}

const resource = (type: string, properties: object, more: object = {}) => ({
  Type: `AWS::ImageBuilder::${type}`,
  Properties: properties,
  ...more,
});
const template = (resources: object, parameters: object = {}) =>
  stringify({ Parameters: parameters, Resources: resources });
const recipe = { Name: 'web', Version: '1.0.0', ParentImage: 'ami-0123456789abcdef0', Components: [] };

test('what a distribution sets beside its AMI is carried over', async () => {
  const distribution = {
    Name: 'everywhere',
    Distributions: [
      {
        Region: 'eu-west-1',
        AmiDistributionConfiguration: { Name: 'web {{ imagebuilder:buildDate }}', TargetAccountIds: ['222222222222'] },
        LaunchTemplateConfigurations: [{ LaunchTemplateId: 'lt-0123456789abcdef0', SetDefaultVersion: true }],
      },
    ],
  };
  const { shared } = await readBack(
    imported(template({ Distribution: resource('DistributionConfiguration', distribution) })),
  );
  expect(shared.distributionConfigurations).toMatchObject([
    {
      name: 'everywhere',
      configuration: {
        distributions: [
          {
            amiDistributionConfiguration: { targetAccountIds: ['222222222222'] },
            launchTemplateConfigurations: [{ launchTemplateId: 'lt-0123456789abcdef0', setDefaultVersion: true }],
          },
        ],
      },
    },
  ]);
});

describe('the template of the end-to-end test', () => {
  const text = readFileSync('test/e2e/import/template.yml', 'utf8');

  test('becomes files that can be applied', async () => {
    const { shared, pipelines } = await readBack(imported(text, { 'AWS::Region': 'us-east-1' }));
    expect(shared.imageRecipes).toMatchObject([
      {
        recipe: {
          ...{ name: 'imported-web', semanticVersion: '1.2.0', workingDirectory: '/var/tmp' },
          parentImage: 'ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
          components: [
            { component: 'imported-web-page/1.x.x', parameters: { Greeting: 'Hello' } },
            { component: 'simple-boot-test-linux/x.x.x', parameters: {} },
          ],
          blockDeviceMappings: [{ ebs: { volumeSize: 9, deleteOnTermination: true } }],
        },
      },
    ]);
    expect(shared.components!.map(({ name, semanticVersion }) => `${name}/${semanticVersion}`)).toEqual([
      ...['imported-web-page/1.2.0', 'simple-boot-test-linux/1.0.0'],
    ]);
    expect(pipelines.map(({ pipeline }) => pipeline)).toMatchObject([
      {
        ...{ name: 'imported-web', status: 'DISABLED', imageRecipe: 'imported-web/1.2.x' },
        infrastructureConfiguration: 'imported-web-builders',
      },
    ]);
  });

  test('and a list of everything else, each with its line', () => {
    const lines = told(imported(text, { 'AWS::Region': 'us-east-1' })).map((line) =>
      line.split(': ').slice(0, 2).join(': '),
    );
    expect(lines).toEqual([
      ...['Page.SupportedOsVersions: 18, left out', 'Page.Tags: 35, left out'],
      ...['Recipe.ParentImage: 41, replaced', 'Recipe.Components[1].ComponentArn: 48, replaced'],
      'Recipe.AdditionalInstanceConfiguration.SystemsManagerAgent.UninstallAfterBuild: 53, left out',
      ...['Builders.InstanceProfileName: 59, left out', 'Builders.SubnetId: 61, left out'],
      ...['Builders.SnsTopicArn: 62, left out', 'Builders.Logging: 64, left out'],
      ...['Pipeline.EnhancedImageMetadataEnabled: 88, left out', 'Old.ExecutionRole: 95, left out'],
    ]);
  });
});

describe('values', () => {
  const first = (properties: object, parameters?: object, given?: Record<string, string>) => {
    const result = imported(template({ R: resource('ImageRecipe', { ...recipe, ...properties }) }, parameters), given);
    return { value: [...result.files.values()][0]!, told: told(result) };
  };
  test('of JSON, as CDK writes it, with Fn::Sub, Fn::Join and Fn::GetAtt', () => {
    const text = JSON.stringify(
      {
        Resources: {
          Comp: resource(
            'Component',
            {
              Name: 'my_Comp',
              Version: '2.0.1',
              Platform: 'Linux',
              Data: 'name: x\nschemaVersion: 1.0\nphases: [{ name: build, steps: [{ name: Step, action: ExecuteBash, inputs: { commands: [echo] } }] }]\n',
            },
            { Metadata: { 'aws:cdk:path': 'a/b' } },
          ),
          Rec: resource('ImageRecipe', {
            ...recipe,
            Components: [{ ComponentArn: { 'Fn::GetAtt': ['Comp', 'Arn'] } }],
            ParentImage: {
              'Fn::Join': [
                '',
                [
                  'arn:',
                  { Ref: 'AWS::Partition' },
                  ':imagebuilder:',
                  { Ref: 'AWS::Region' },
                  ':',
                  { Ref: 'AWS::AccountId' },
                  ':image/base/1.x.x',
                ],
              ],
            },
          }),
        },
      },
      undefined,
      1,
    );
    const result = imported(text);
    expect(result.findings).toEqual([]);
    expect(result.files.get('recipes/web.yml')).toMatchObject({
      parentImage: 'base/1.x.x',
      components: [{ component: 'my-comp/2.0.1' }],
    });
  });
  test('of parameters: given, then by default, then told', () => {
    const asked = { WorkingDirectory: { Ref: 'Dir' } };
    expect(first(asked, { Dir: { Default: '/a' } }).value.workingDirectory).toBe('/a');
    expect(first(asked, { Dir: { Default: '/a' } }, { Dir: '/b' }).value.workingDirectory).toBe('/b');
    const { value, told: why } = first(asked, { Dir: { Type: 'String' } });
    expect(value).not.toHaveProperty('workingDirectory');
    expect(why).toEqual([expect.stringContaining('R.WorkingDirectory: ')]);
    expect(why[0]).toContain('left out: the parameter Dir has no default: give it with --parameter Dir=…');
  });
  test.each([
    [{ 'Fn::If': ['Prod', '/a', '/b'] }, 'Fn::If is not worked out here'],
    [{ 'Fn::ImportValue': 'x' }, 'Fn::ImportValue is not worked out here'],
    [{ 'Fn::GetAtt': { odd: 1 } }, 'is not a resource of Image Builder'],
    [{ 'Fn::Join': 'odd' }, 'Fn::Join is not worked out here'],
    [{ Ref: 'Bucket' }, 'Bucket is not a parameter and not a resource of Image Builder'],
    [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket is not a resource of Image Builder, so its Arn is not known'],
    [{ 'Fn::Sub': '/${Bucket.Name}' }, 'Bucket is not a resource of Image Builder, so its Name is not known'],
    ['relative', 'expected an absolute path (starting with /), found "relative"'],
  ])('that cannot be known or used are told: %j', (value, why) => {
    const {
      value: kept,
      told: [line = ''],
    } = first({ WorkingDirectory: value });
    expect(line).toContain(`R.WorkingDirectory: `);
    expect(line).toContain(why);
    expect(kept).not.toHaveProperty('workingDirectory');
  });
  test('that are required stay where their author sees them, and are told', () => {
    const managed = 'arn:aws:imagebuilder:eu-west-1:aws:image/windows-server-2025-x86/x.x.x';
    const { value, told: why } = first({ ParentImage: managed });
    expect(value.parentImage).toBe(managed);
    expect(why.join('\n')).toContain('which parameter holds it is not known');
    expect(why.join('\n')).toContain('the file must be completed by hand');
  });
  test('that refer in a circle come to an end', () => {
    const circle = { A: resource('ImageRecipe', { ...recipe, Name: { 'Fn::GetAtt': ['A', 'Name'] } }) };
    expect(told(imported(template(circle))).join('\n')).toContain('refers to itself');
  });
});

describe('resources', () => {
  test('without a counterpart, with a condition, with a document in S3, for containers: each is told', () => {
    const result = imported(
      template({
        Flow: resource('Workflow', {}),
        Cond: resource(
          'InfrastructureConfiguration',
          { Name: 'small', InstanceProfileName: 'p' },
          { Condition: 'Prod' },
        ),
        Far: resource('Component', { Name: 'far', Version: '1.0.0', Platform: 'Linux', Uri: 's3://bucket/a.yml' }),
        Win: resource('Component', { Name: 'win', Version: '1.0.0', Platform: 'Windows', Data: 'schemaVersion: 1.0' }),
        Docker: resource('ImagePipeline', { Name: 'docker', ContainerRecipeArn: 'arn' }),
      }),
    );
    const text = told(result).join('\n');
    for (const part of [
      /Flow: \d+, left out/,
      /Cond.Condition: \d+, left out: it is carried over whether Prod holds or not/,
      /Far.Uri: \d+, left out: its document is in s3:\/\/bucket\/a.yml/,
      /Win.Platform: \d+, left out: expected Linux/,
      /Win.Data: \d+, left out/,
      /Docker: \d+, left out: it has no image recipe here/,
    ])
      expect(text).toMatch(part);
    expect([...result.files.keys()]).toEqual(['infrastructure/small.yml', 'components/win.yml']);
  });
  test('of one name and two versions are two files', () => {
    const result = imported(
      template({ A: resource('ImageRecipe', recipe), B: resource('ImageRecipe', { ...recipe, Version: '2.0.0' }) }),
    );
    expect([...result.files.keys()]).toEqual(['recipes/web.yml', 'recipes/web-2.0.0.yml']);
  });
});

describe('lifecycle policies', () => {
  const properties = {
    Name: 'old images',
    ExecutionRole: 'lifecycle',
    PolicyDetails: [
      {
        Action: { Type: 'DELETE', IncludeResources: { Amis: 'true', Snapshots: true } },
        Filter: { Type: 'AGE', Value: '6', Unit: 'MONTHS' },
        ExclusionRules: { Amis: { TagMap: { Keep: 'yes' } } },
      },
    ],
    ResourceSelection: { Recipes: [{ Name: 'web', SemanticVersion: '1.x.x' }] },
  };
  const carriedOver = (changes: object) =>
    imported(template({ Old: resource('LifecyclePolicy', { ...properties, ...changes }) }));

  test('are carried over, count as Image Builder does, and can be registered', () => {
    const result = carriedOver({});
    const file = result.files.get('lifecycle/old-images.yml')!;
    expect(file).toMatchObject({
      retainAcrossVersions: false,
      policyDetails: [
        {
          action: { type: 'DELETE', includeResources: { amis: true, snapshots: true } },
          filter: { value: 6 },
          exclusionRules: { amis: { tagMap: { Keep: 'yes' } } },
        },
      ],
    });
    expect(readResourceFile(stringify(file), { file: 'x.yml' }).problems).toEqual([]);
    expect(told(result)).toEqual([
      expect.stringMatching(/Old.ExecutionRole: \d+, left out: the function apply-lifecycle/),
    ]);
  });

  test('of which something is missing are DISABLED: without an exception they would delete more', () => {
    const [detail] = properties.PolicyDetails;
    const details = (amis: object) => ({ PolicyDetails: [{ ...detail, ExclusionRules: { Amis: amis } }] });
    for (const [changes, why] of [
      [details({ Regions: [{ 'Fn::ImportValue': 'x' }] }), /Regions\[0\]: \d+, left out/],
      [details({ Regions: ['nowhere-1'] }), /Regions\[0\]: \d+, left out: expected a region/],
      [{ PolicyDetails: [{ ...detail, Action: { Type: 'DELETE' } }] }, /must be completed by hand/],
    ] as const) {
      const result = carriedOver(changes);
      expect(result.files.get('lifecycle/old-images.yml')).toMatchObject({ status: 'DISABLED' });
      expect(told(result).join('\n')).toMatch(why);
      expect(told(result).join('\n')).toContain('it is DISABLED, since it is not whole');
    }
  });

  test('of containers are told', () => {
    expect(told(carriedOver({ ResourceType: 'CONTAINER_IMAGE' })).join()).toMatch(/left out: container images have no/);
  });
});

test.each([
  ['Resources: {}', 'expected resources of type AWS::ImageBuilder::…, found none among 0'],
  [
    'Resources: { B: { Type: AWS::S3::Bucket } }',
    'expected resources of type AWS::ImageBuilder::…, found none among 1',
  ],
  ['just text', 'expected a CloudFormation template, found no map of Resources'],
  ['{ not: [closed', 'not YAML'],
])('what is no template of Image Builder is refused: %s', (text, message) => {
  const { template: none, problems } = readTemplate(text, 't.yml');
  expect(none).toBeUndefined();
  expect(problems[0]?.message).toContain(message);
});

describe('what published templates are written like', () => {
  test('one text where a list is meant, lists in parameters, and nothing left of a configuration', async () => {
    const infrastructure = { Name: 'small', InstanceTypes: { Ref: 'Type' } };
    const text = template(
      {
        Small: resource('InfrastructureConfiguration', infrastructure),
        Several: resource('InfrastructureConfiguration', { Name: 'several', InstanceTypes: { Ref: 'Types' } }),
        Bare: resource('InfrastructureConfiguration', { Name: 'bare', InstanceProfileName: { Ref: 'Profile' } }),
        Home: resource('DistributionConfiguration', {
          ...{ Name: 'home', Distributions: [{ Region: { Ref: 'AWS::Region' } }] },
        }),
      },
      {
        Type: { Type: 'String', Default: 't3.micro' },
        Types: { Type: 'CommaDelimitedList', Default: 't3.micro, t3a.micro' },
      },
    );
    expect(told(imported(text)).at(-1)).toMatch(
      /^Home.Distributions\[0\].Region: .* found "\{region\}": give it with --parameter AWS::Region=…$/,
    );
    const { shared } = await readBack(imported(text, { 'AWS::Region': 'eu-west-1', Types: 'm5.large,m5a.large' }));
    expect(shared.infrastructureConfigurations).toMatchObject([
      { name: 'bare', configuration: { instanceTypes: [] } },
      { name: 'several', configuration: { instanceTypes: ['m5.large', 'm5a.large'] } },
      { name: 'small', configuration: { instanceTypes: ['t3.micro'] } },
    ]);
    expect(imported(text).files.get('infrastructure/several.yml')?.instanceTypes).toEqual(['t3.micro', 't3a.micro']);
  });
  test('what is required and not known says TODO; a document’s problems have its lines', () => {
    const data = 'schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - { name: Step, action: Nothing }\n';
    const one = imported(
      template({
        Recipe: resource('ImageRecipe', {
          ...{ ...recipe, ParentImage: { 'Fn::ImportValue': 'Base' } },
          Components: [{ ComponentArn: { 'Fn::ImportValue': 'Component' } }],
        }),
        Broken: resource('Component', { Name: 'broken', Version: '1.0.0', Platform: 'Linux', Data: data }),
      }),
    );
    expect(one.files.get('recipes/web.yml')).toMatchObject({
      parentImage: 'TODO',
      components: [{ component: 'TODO' }],
    });
    expect(told(one).join('\n')).toMatch(/Broken.Data: .* does not compile here: its line 5: /);
  });
});
