import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readPipelineFile } from '../../shared/model/pipeline-file.ts';
import { problemText } from '../../shared/model/problem.ts';
import { ownParts } from './own-parts.ts';

const smallest = `name: small
imageRecipe:
  name: small
  semanticVersion: 1.0.0
  parentImage: ami-0123456789abcdef0
`;

function problems(text: string, vars: Record<string, string> = {}): string[] {
  return readPipelineFile(text, { file: 'p.yml', vars }).problems.map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );
}

function pipeline(text: string, vars: Record<string, string> = {}) {
  const result = readPipelineFile(text, { file: 'p.yml', vars });
  expect(result.problems.map(problemText)).toEqual([]);
  return ownParts(result.pipeline!);
}

describe('user data of the builder', () => {
  const asked = (text: string) => problems(`${smallest}  additionalInstanceConfiguration: ${text}\n`);
  test('are those of Image Builder, in base64', () => {
    const userDataOverride = Buffer.from('#!/bin/sh\n').toString('base64');
    const { imageRecipe } = pipeline(
      `${smallest}  additionalInstanceConfiguration: { userDataOverride: ${userDataOverride} }\n`,
    );
    expect(imageRecipe.additionalInstanceConfiguration).toEqual({ userDataOverride });
    expect(asked(`{ userDataOverride: ${'A'.repeat(21_844)} }`)).toEqual([]);
  });
  test.each([
    ['{ userDataOverride: "#!/bin/sh" }', 'expected user data in base64, in one line (base64 -w0 <file>)'],
    ['{ userDataOverride: "" }', 'expected'],
    [`{ userDataOverride: ${'A'.repeat(21_848)} }`, 'expected user data of at most 16 KiB'],
    ['{ systemsManagerAgent: { uninstallAfterBuild: true } }', 'expected false: the agent'],
    ['{ userData: eA== }', 'unknown key "userData"'],
  ])('%.60s is refused', (text, why) => {
    expect(asked(text)).toEqual([expect.stringContaining(why)]);
  });
});

describe('a sound pipeline file', () => {
  test('of the smallest kind has every default', () => {
    expect(pipeline(smallest)).toEqual({
      name: 'small',
      vars: {},
      imageRecipe: {
        name: 'small',
        semanticVersion: '1.0.0',
        parentImage: 'ami-0123456789abcdef0',
        components: [],
        files: [],
        blockDeviceMappings: [],
        workingDirectory: '/tmp',
        amiTags: {},
        sanitise: { skip: [] },
      },
      infrastructureConfiguration: {
        instanceTypes: [],
        subnetIds: [],
        securityGroupIds: [],
        terminateInstanceOnFailure: true,
        resourceTags: {},
      },
      imageTestsConfiguration: { imageTestsEnabled: true, timeoutMinutes: 720 },
      distributionConfiguration: { copyDuringTests: true, distributions: [] },
      status: 'ENABLED',
      concurrency: 'queue',
    });
  });

  test('may be an example of this repository', () => {
    for (const example of ['hello-web', 'hello-web-broken']) {
      const { name, imageRecipe } = pipeline(readFileSync(`examples/${example}/pipeline.yml`, 'utf8'));
      expect(name).toBe(example);
      expect(imageRecipe.components.length).toBeGreaterThan(1);
    }
  });

  test('keeps the source of unquoted scalars where a text is wanted', () => {
    const text = `${smallest}  amiTags: { Version: 1.10, Build: 007, Final: true, Hexadecimal: 0x1F }
  files: [{ source: a, destination: /a, mode: 0644 }]
distributionConfiguration:
  distributions:
    - region: us-east-1
      amiDistributionConfiguration: { launchPermission: { userIds: [012345678901] } }
`;
    const { imageRecipe, distributionConfiguration } = pipeline(text);
    expect(imageRecipe.amiTags).toEqual({ Version: '1.10', Build: '007', Final: 'true', Hexadecimal: '0x1F' });
    expect(imageRecipe.files[0]!.mode).toBe('0644');
    expect(distributionConfiguration.distributions[0]!.amiDistributionConfiguration.launchPermission?.userIds).toEqual([
      '012345678901',
    ]);
  });

  test("takes Image Builder's list of parameters for a map", () => {
    const text = `${smallest}  components:
    - component: c/one.yml
      parameters: [{ name: Port, value: ['80'] }]
    - component: two/1.x.x
      parameters: { Port: '80' }
`;
    expect(pipeline(text).imageRecipe.components).toEqual([
      { component: 'c/one.yml', parameters: { Port: '80' } },
      { component: 'two/1.x.x', parameters: { Port: '80' } },
    ]);
  });

  test('has subnetId as a list of one', () => {
    const text = `${smallest}infrastructureConfiguration: { subnetId: subnet-01234567 }\n`;
    expect(pipeline(text).infrastructureConfiguration.subnetIds).toEqual(['subnet-01234567']);
  });

  test('may share parts with anchors', () => {
    const text = `${smallest}  amiTags: &tags { Team: web }\ninfrastructureConfiguration: { resourceTags: *tags }\n`;
    expect(pipeline(text).infrastructureConfiguration.resourceTags).toEqual({ Team: 'web' });
  });

  test('read again from its own output is the same', () => {
    const once = pipeline(readFileSync('examples/hello-web/pipeline.yml', 'utf8'));
    expect(pipeline(JSON.stringify(once))).toEqual(once);
  });
});

describe('variables', () => {
  const withVars = `vars: { port: 8080, size: 20, keep: 'false' }
${smallest}  components: [{ component: c/web.yml, parameters: { Port: ':{{ vars.port }}/{{vars.size}}' } }]
  blockDeviceMappings: [{ deviceName: /dev/xvda, ebs: { volumeSize: '{{ vars.size }}' } }]
infrastructureConfiguration: { terminateInstanceOnFailure: '{{ vars.keep }}' }
`;

  test('have defaults, are replaced in texts, and give numbers and booleans where those are wanted', () => {
    const result = pipeline(withVars);
    expect(result.vars).toEqual({ port: '8080', size: '20', keep: 'false' });
    expect(result.imageRecipe.components[0]!.parameters).toEqual({ Port: ':8080/20' });
    expect(result.imageRecipe.blockDeviceMappings[0]!.ebs?.volumeSize).toBe(20);
    expect(result.infrastructureConfiguration.terminateInstanceOnFailure).toBe(false);
  });

  test('take values from the command line', () => {
    const result = pipeline(withVars, { port: '9090' });
    expect(result.vars.port).toBe('9090');
    expect(result.imageRecipe.components[0]!.parameters).toEqual({ Port: ':9090/20' });
  });

  test('are not expanded again', () => {
    const result = pipeline(withVars, { port: '{{ vars.size }}' });
    expect(result.imageRecipe.components[0]!.parameters).toEqual({ Port: ':{{ vars.size }}/20' });
  });

  test('leave other references alone', () => {
    const text = `${smallest}distributionConfiguration:
  distributions:
    - { region: us-east-1, amiDistributionConfiguration: { name: 'web {{ imagebuilder:buildDate }}' } }
`;
    const [first] = pipeline(text).distributionConfiguration.distributions;
    expect(first!.amiDistributionConfiguration.name).toBe('web {{ imagebuilder:buildDate }}');
  });

  test('that are not declared are pointed at where they are used', () => {
    expect(problems(`${smallest}description: a {{ vars.prot }}\nvars: { port: '1' }\n`)).toEqual([
      '6:16 the variable prot is not declared in vars: did you mean port?',
    ]);
    expect(problems(`${smallest}description: "{{ vars. }}"\n`)).toEqual([
      '6:15 expected {{ vars.<name> }}, found {{ vars. }}',
    ]);
  });

  test('given on the command line must be declared', () => {
    expect(problems(`vars: { port: '1' }\n${smallest}`, { prot: '2' })).toEqual([
      '1:7 --var prot: the variable is not declared in vars: did you mean port?',
    ]);
    expect(problems(smallest, { port: '2' })).toEqual(['1:1 --var port: the variable is not declared in vars']);
  });

  test('without a default must be given', () => {
    const text = `vars: { token: }\n${smallest}description: '{{ vars.token }}'\n`;
    expect(problems(text)).toEqual(['1:16 the variable token has no default: give it a value with --var token=…']);
    expect(pipeline(text, { token: 'x' }).description).toBe('x');
  });

  test('cannot refer to variables', () => {
    expect(problems(`vars: { a: '1', b: '{{ vars.a }}' }\n${smallest}`)).toEqual([
      '1:20 expected a plain value: a variable cannot refer to variables',
    ]);
  });

  test('cannot be made to fill the memory', () => {
    const text = `vars: { long: '${'x'.repeat(100_000)}' }\n${smallest}description: '${'{{ vars.long }}'.repeat(5000)}'\n`;
    expect(problems(text).join()).toContain('expected variables that add at most 1048576 characters');
  });

  test('that begin an unquoted text are explained', () => {
    expect(problems('name: {{ vars.name }}\n')).toEqual([
      '1:8 expected a text as key, found a map or a list (a text that begins with {{ must stand in quotes)',
    ]);
  });
});

describe('every problem is told at once, each at its place', () => {
  test('in one file', () => {
    const text = `name: [hello]
descriptoin: a
imageRecipe:
  name: hello
  semanticVersion: 1.0
  componets: []
  components:
    - componnt: a/b.yml
    - component: hello
  amiTags: { CreatedBy: me }
distributionConfiguration:
  distributions:
    - region: eu-centrl-1
    - region: us-east-1
    - region: us-east-1
`;
    expect(problems(text)).toEqual([
      '1:7 expected a text, found a list of 1',
      '2:1 unknown key "descriptoin": did you mean description?',
      '3:1 imageRecipe.parentImage is missing: expected an AMI id (ami- and 8 or 17 hexadecimal digits), ssm:<parameter name>, an image ARN, name/x.x.x of an image built here, or an owner with a name',
      '5:20 expected a version of three numbers, major.minor.patch, found "1.0"',
      '6:3 unknown key "componets": did you mean components?',
      '8:7 imageRecipe.components[0].component is missing: expected a text',
      '8:7 unknown key "componnt": did you mean component?',
      '9:18 expected a path to a component document (containing / and ending in .yml or .yaml), a registered component, name/x.x.x, or its ARN, found "hello"',
      '10:14 expected a tag key that is not reserved (aws:…, serverless-image-builder:…, CreatedBy and Ec2ImageBuilderArn are), found "CreatedBy"',
      '13:15 expected a region of AWS such as eu-central-1 (did you mean eu-central-1?), found "eu-centrl-1"',
      '15:15 expected each region once, found "us-east-1"',
    ]);
  });

  test('with the line and a caret', () => {
    const [problem] = readPipelineFile(`${smallest}colour: blue\n`, { file: 'dir/p.yml' }).problems;
    expect(problemText(problem!)).toBe(
      'dir/p.yml:6:1: unknown key "colour": expected one of name, description, vars, imageRecipe, infrastructureConfiguration, imageTestsConfiguration, distributionConfiguration, retainForRetry, approval, status, schedule, concurrency, packageUpdates\n' +
        '  6 | colour: blue\n' +
        '      ^^^^^^',
    );
  });

  test('also for a path that the caller found wanting', () => {
    const file = readPipelineFile(`${smallest}  components:\n    - component: c/web.yml\n`, { file: 'p.yml' });
    const { line, column } = file.problemAt(['imageRecipe', 'components', 0, 'component'], 'no such file');
    expect([line, column]).toEqual([7, 18]);
  });
});

describe('limits', () => {
  const recipe = (line: string) => problems(`${smallest}  ${line}\n`);
  const infrastructure = (line: string) => problems(`${smallest}infrastructureConfiguration: { ${line} }\n`);
  const distribution = (line: string) =>
    problems(`${smallest}distributionConfiguration: { distributions: [{ region: us-east-1, ${line} }] }\n`);
  const many = (count: number) => Array.from({ length: count }, (_, index) => `t${index}: v`).join(', ');

  test.each([
    [
      'a short name',
      () => problems(smallest.replace('name: small\nimage', 'name: ab\nimage')),
      'expected a name of 3 to 128',
    ],
    ['an AMI id', () => problems(smallest.replace('ami-0123456789abcdef0', 'ami-xyz')), 'expected an AMI id'],
    [
      'a parent in the middle',
      () => problems(smallest.replace('ami-0123456789abcdef0', 'base/x.2.x')),
      'expected an AMI id',
    ],
    ['51 tags', () => recipe(`amiTags: { ${many(51)} }`), 'expected at most 50 tags'],
    ['31 resource tags', () => infrastructure(`resourceTags: { ${many(31)} }`), 'expected at most 30 tags'],
    [
      '26 parameters',
      () => recipe(`components: [{ component: a/bcd.yml, parameters: { ${many(26).replaceAll('t', 'pp_')} } }]`),
      'expected at most 25 parameters',
    ],
    [
      'a relative destination',
      () => recipe('files: [{ source: a, destination: b }]'),
      'expected an absolute path (starting with /), found "b"',
    ],
    [
      'a directory',
      () => recipe('files: [{ source: a, destination: /b/ }]'),
      'expected the path of a file, not of a directory',
    ],
    [
      'a mode',
      () => recipe('files: [{ source: a, destination: /b, mode: rwx }]'),
      'expected an octal mode such as "0644", found "rwx"',
    ],
    [
      'a volume of 0',
      () => recipe('blockDeviceMappings: [{ deviceName: /dev/xvda, ebs: { volumeSize: 0 } }]'),
      'expected at least 1, found the number 0',
    ],
    [
      'throughput of gp2',
      () => recipe('blockDeviceMappings: [{ deviceName: x, ebs: { volumeType: gp2, throughput: 125 } }]'),
      'expected volumeType: gp3 beside throughput',
    ],
    [
      'two kinds of device',
      () => recipe('blockDeviceMappings: [{ deviceName: x, virtualName: y, noDevice: "" }]'),
      'expected exactly one of ebs, virtualName and noDevice',
    ],
    [
      'an instance type',
      () => infrastructure('instanceTypes: [t3micro]'),
      'expected an instance type such as t3.micro or m7g.2xlarge, found "t3micro"',
    ],
    [
      'both kinds of subnet',
      () => infrastructure('subnetId: subnet-01234567, subnetIds: []'),
      'expected either subnetId or subnetIds, not both',
    ],
    [
      'a group without subnet',
      () => infrastructure('securityGroupIds: [sg-01234567]'),
      'expected subnetIds beside securityGroupIds',
    ],
    [
      'a hop limit',
      () => infrastructure('instanceMetadataOptions: { httpPutResponseHopLimit: 65 }'),
      'expected at most 64, found the number 65',
    ],
    [
      'a short test time',
      () => problems(`${smallest}imageTestsConfiguration: { timeoutMinutes: 30 }\n`),
      'expected at least 60, found the number 30',
    ],
    [
      'an account',
      () => distribution('amiDistributionConfiguration: { launchPermission: { userIds: ["12"] } }'),
      'expected an account id of 12 digits, found "12"',
    ],
    [
      'a group',
      () => distribution('amiDistributionConfiguration: { launchPermission: { userGroups: [everyone] } }'),
      'expected all (the only group EC2 knows), found "everyone"',
    ],
    [
      'a reference in a name',
      () => distribution('amiDistributionConfiguration: { name: "a {{ other:thing }}" }'),
      'expected no other reference than',
    ],
    [
      'tags of recipe and region',
      () =>
        problems(
          `${smallest}  amiTags: { ${many(45)} }\ndistributionConfiguration: { distributions: [{ region: us-east-1, amiDistributionConfiguration: { amiTags: { more: v } } }] }\n`,
        ),
      'expected at most 45 tags together',
    ],
    [
      'a reference in a tag',
      () => recipe("amiTags: { Built: 'at {{ imagebuilder:buildTime }}' }"),
      'expected no other reference than {{ imagebuilder:buildDate }}',
    ],
    [
      'a format in a tag of a region',
      () =>
        distribution("amiDistributionConfiguration: { amiTags: { Built: '{{ imagebuilder:buildVersion:yyyy }}' } }"),
      'expected no format after buildVersion ({{ imagebuilder:buildVersion:yyyy }})',
    ],
    ['tags of the recipe alone', () => recipe(`amiTags: { ${many(46)} }`), 'expected at most 45 tags (EC2 allows 50'],
    [
      'an empty description, and a list of nothing',
      () => [
        ...distribution('amiDistributionConfiguration: { description: "" }'),
        ...distribution('launchTemplateConfigurations: []'),
        ...distribution('amiDistributionConfiguration: { launchPermission: { userGroups: [all, all] } }'),
      ],
      'expected at least 1 character, found ""',
    ],
    [
      'a long description',
      () => distribution(`amiDistributionConfiguration: { description: ${'d'.repeat(256)} }`),
      'expected at most 255 characters: EC2 takes no longer description of an AMI',
    ],
    [
      'a description of other signs',
      () => distribution('amiDistributionConfiguration: { description: "web — 2" }'),
      'expected letters, digits, blanks and signs of ASCII',
    ],
    [
      'a parameter twice, with a slash and without',
      () => distribution('ssmParameterConfigurations: [{ parameterName: web }, { parameterName: /web }]'),
      'expected each parameterName once, found "/web"',
    ],
    [
      'a parameter of 16 levels',
      () => distribution(`ssmParameterConfigurations: [{ parameterName: ${'/a'.repeat(16)} }]`),
      'expected a name of at most 15 levels',
    ],
    ...['//web', '/web/', '/', '/a//b'].map((name): [string, () => string[], string] => [
      `a parameter ${name}`,
      () => distribution(`ssmParameterConfigurations: [{ parameterName: ${name} }]`),
      'expected a name with something after each /',
    ]),
    [
      'a long parameter name',
      () => distribution(`ssmParameterConfigurations: [{ parameterName: ${'a'.repeat(951)} }]`),
      'expected a name of at most 950 characters',
    ],
    [
      'the parameter of its own channel',
      () =>
        problems(
          `${smallest}distributionConfiguration: { channel: prod, distributions: [{ region: us-east-1, ssmParameterConfigurations: [{ parameterName: /images/small/prod }] }] }\n`,
        ),
      'expected another parameter than that of the channel prod, which publishing sets anyway, found "/images/small/prod"',
    ],
    [
      'too many AMIs',
      () => {
        const accounts = Array.from({ length: 120 }, (_, index) => `'${111111111111 + index}'`).join(', ');
        const one = (region: string) =>
          `{ region: ${region}, amiDistributionConfiguration: { targetAccountIds: [${accounts}] } }`;
        return problems(
          `${smallest}distributionConfiguration: { distributions: [${one('us-east-1')}, ${one('us-east-2')}] }\n`,
        );
      },
      'expected at most 240 AMIs, one for each region and for each of its targetAccountIds, since they are published together: these are 242.',
    ],
    [
      'partitions',
      () =>
        problems(
          `${smallest}distributionConfiguration: { distributions: [{ region: us-east-1 }, { region: cn-north-1 }] }\n`,
        ),
      'expected a region of the same partition as us-east-1',
    ],
    [
      'two files of one name',
      () => recipe('components: [{ component: a/web.yml }, { component: b/Web.yaml }]'),
      'expected another file name: a/web.yml is registered as web already',
    ],
  ])('%s', (_, found, message) => {
    expect(found().join('\n')).toContain(message);
  });

  test('do not reach unusual but right things', () => {
    expect(recipe("amiTags: { Built: 'at: {{ imagebuilder:buildDate }}', Other: '{{ theirs:x }} {y}' }")).toEqual([]);
    const parameters = `[{ parameterName: ${'/a'.repeat(15)} }, { parameterName: web }, { parameterName: /web, amiAccountId: "111111111111" }]`;
    const ami = `{ description: ${'d'.repeat(255)}, targetAccountIds: ["111111111111"] }`;
    expect(distribution(`amiDistributionConfiguration: ${ami}, ssmParameterConfigurations: ${parameters}`)).toEqual([]);
    expect(
      infrastructure('instanceTypes: [u-6tb1.112xlarge, mac2-m2pro.metal, c7gn.16xlarge, m7i.metal-24xl, t4g.nano]'),
    ).toEqual([]);
    expect(
      recipe('components: [{ component: a/web.yml, parameters: { Aaa: "1" } }, { component: a/web.yml }]'),
    ).toEqual([]);
  });
});

describe('what is no pipeline file', () => {
  test.each([
    ['nothing', '', '1:1 expected a pipeline (name, imageRecipe …), found an empty file'],
    ['blanks', ' \n\n', '1:1 expected a pipeline (name, imageRecipe …), found an empty file'],
    ['a comment', '# nothing\n', '1:1 expected a pipeline (name, imageRecipe …), found an empty file'],
    ['a list', '- a\n', '1:1 expected a map, found a list of 1'],
    ['a word', 'pipeline\n', '1:1 expected a map, found "pipeline"'],
    ['bytes', 'name: a\0b', '1:8 expected text, found a control character or bytes that are not UTF-8'],
    ['two documents', 'a: 1\n---\nb: 1\n', '2:1 expected one document, found the beginning of a second one'],
    ['a key twice', 'name: a\nname: b\n', '2:1 expected each key once, found it a second time'],
    ['a tag', 'name: !secret a\n', '1:7 not YAML: Unresolved tag: !secret'],
  ])('%s', (_, text, problem) => {
    expect(problems(text)).toContain(problem);
  });

  test.each([
    ['open brackets', '['.repeat(250_000), 'expected at most 20 levels of nesting'],
    ['dashes', '- '.repeat(100_000), 'expected at most 20 levels of nesting'],
    ['an alias of itself', 'a: &a [*a]', 'expected at most 20 levels of nesting'],
    [
      'a billion laughs',
      [
        'a: &a [x,x,x,x,x,x,x,x,x,x]',
        ...[...'bcdefghi'].map(
          (key, index) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(',')}]`,
        ),
      ].join('\n'),
      'expected at most 20000 values, aliases counted where they are used',
    ],
    [
      'a megabyte of noise',
      Array.from({ length: 1_000_000 }, (_, index) => 'k: -\n"{'[(index * 7919) % 7]).join(''),
      'expected at most 262144 characters, found 1000000',
    ],
    ['quotes', '"'.repeat(250_000), 'not YAML'],
  ])('%s: refused in good time', (_, text, message) => {
    const start = process.threadCpuUsage();
    const found = problems(text);
    expect(found.join('\n')).toContain(message);
    expect(found.length).toBeLessThanOrEqual(10);
    const { user, system } = process.threadCpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(5000);
  });

  test('a hundred problems are enough', () => {
    const found = problems(Array.from({ length: 300 }, (_, index) => `key${index}: 1`).join('\n'));
    expect(found).toHaveLength(101);
    expect(found.at(-1)).toBe('1:1 and 202 more problems');
  });
});
