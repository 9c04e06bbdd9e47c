// What files and folders hold: recognised by their keys, read with what they point at, and refused with all that is wrong.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandError } from '../../cli/command-error.ts';
import { applyFolder, showChanges } from '../../cli/commands/apply.ts';
import { readBuildable } from '../../cli/pipeline/buildable.ts';
import { neededBy, readResources } from '../../cli/registry/folder.ts';
import type { PutResourcesOutput, PutResourcesRequest, ResourceChange } from '../../shared/model/put-resources.ts';

const document = (command = 'true') =>
  `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Step, action: ExecuteBash, inputs: {commands: ['${command}']}}]}]\n`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'folder-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

async function failure(paths: string[] = [directory]): Promise<string[]> {
  const error = await readResources(paths).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(CommandError);
  expect((error as CommandError).exitCode).toBe(2);
  const lines = (error as CommandError).message.replaceAll(`${directory}/`, '').split('\n');
  return lines.filter((line) => !/^ {2}/.test(line));
}

const all = {
  'web.yml':
    'name: web\nimageRecipe: web/1.x.x\ninfrastructureConfiguration: small\ndistributionConfiguration: europe\n',
  'recipes/web.yml':
    'name: web\ndescription: The web\nsemanticVersion: 1.0.x\nparentImage: base/x.x.x\ncomponents: [{ component: nginx/1.x.x }, { component: ../components/own.yml }]\nfiles: [{ source: ../shipped.yml, destination: /etc/shipped.yml }]\n',
  'small.json': '{"name": "small", "instanceTypes": ["t3.micro"], "subnetId": "subnet-0000000a"}',
  'europe.yaml': 'name: europe\nvars: { region: eu-west-1 }\ndistributions: [{ region: "{{ vars.region }}" }]\n',
  'components/nginx.component.yml': 'name: nginx\nsemanticVersion: 1.2.0\nuri: ../documents/nginx.yml\n',
  'documents/nginx.yml': document('nginx'),
  'components/own.yml': document('own'),
  'components/Inline_One.yml': `name: inline\nsemanticVersion: 2.0.0\nplatform: Linux\ndata: |\n${document().replace(/^/gm, '  ')}`,
  'shipped.yml': 'anything: at all\n',
  '.hidden/x.yml': 'no: resource\n',
  'node_modules/x.yml': 'no: resource\n',
  'README.md': '# not read\n',
};

describe('a folder', () => {
  test('is read by the keys of its files, shipped and hidden ones left alone', async () => {
    const { shared, pipelines, warnings } = await readResources([write(all)]);
    expect(warnings).toEqual([]);
    expect(shared.components!.map(({ name, semanticVersion, pinned }) => [name, semanticVersion, pinned])).toEqual([
      ['inline', '2.0.0', false],
      ['nginx', '1.2.0', false],
      ['own', '1.0.0', true],
    ]);
    expect(shared.imageRecipes).toMatchObject([
      {
        description: 'The web',
        recipe: { semanticVersion: '1.0.x', components: [{ component: 'nginx/1.x.x' }, { component: 'own/1.0.0' }] },
        files: [{ destination: '/etc/shipped.yml', content: Buffer.from('anything: at all\n').toString('base64') }],
      },
    ]);
    expect(shared.infrastructureConfigurations).toMatchObject([
      { name: 'small', configuration: { subnetIds: ['subnet-0000000a'] } },
    ]);
    expect(shared.distributionConfigurations).toMatchObject([
      { name: 'europe', configuration: { distributions: [{ region: 'eu-west-1' }] } },
    ]);
    expect(pipelines.map(({ pipeline }) => pipeline.imageRecipe)).toEqual(['web/1.x.x']);
  });
  test('gives a pipeline what it refers to, and nothing else', async () => {
    const folder = await readResources([
      write({ ...all, 'large.yml': 'name: large\ninstanceTypes: [m7i.large]\n', 'apache.yml': document('apache') }),
    ]);
    const needed = neededBy(folder.pipelines[0]!, folder);
    expect(needed.components!.map(({ name }) => name)).toEqual(['nginx', 'own']);
    expect(needed.imageRecipes).toHaveLength(1);
    expect(needed.infrastructureConfigurations!.map(({ name }) => name)).toEqual(['small']);
    expect(needed.distributionConfigurations!.map(({ name }) => name)).toEqual(['europe']);
  });
  test('gives it the documents that its documents run, too', async () => {
    const runs = (reference: string) =>
      `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Step, action: ExecuteDocument, inputs: {document: ${reference}}}]}]\n`;
    const folder = await readResources([
      write({
        'web.yml': 'name: web\nimageRecipe: web/x.x.x\n',
        'recipe.yml':
          'name: web\nsemanticVersion: 1.0.x\nparentImage: ami-00000000\ncomponents: [{ component: outer/x.x.x }]\n',
        ...{ 'outer.yml': runs('middle/1.x.x'), 'middle.yml': runs('inner/x.x.x'), 'inner.yml': document('inner') },
        'other.yml': document('other'),
      }),
    ]);
    const needed = neededBy(folder.pipelines[0]!, folder);
    expect(needed.components!.map(({ name }) => name)).toEqual(['inner', 'middle', 'outer']);
  });
  test('tells everything that is wrong, each at its place', async () => {
    write({
      'unknown.yml': 'services:\n  web: {}\n',
      'list.yml': '- 1\n',
      'empty.yml': '',
      'recipe.yml': 'name: web\nsemanticVersion: 1.x.x\nparentImage: base/x.x.x\n',
      'small.yml': 'name: s\ninstanceTypes: t3.micro\n',
      'broken.yml':
        'schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Step\n        action: Nothing\n',
      'component.yml': 'name: nginx\nsemanticVersion: 1.0.0\nuri: s3://bucket/nginx.yml\n',
      'both.yml': 'name: both\nsemanticVersion: 1.0.0\nuri: a.yml\ndata: x\n',
      'gone.yml': 'name: gone\nsemanticVersion: 1.0.0\nuri: gone-document.yml\n',
    });
    const lines = await failure();
    const expected = 'expected a resource: a pipeline (imageRecipe), a recipe (parentImage)';
    expect(lines.map((line) => line.slice(0, 120))).toEqual([
      expect.stringMatching(/^both.yml:1:1: expected exactly one of data \(the document\) and uri/),
      expect.stringMatching(/^broken.yml:6:17: /),
      expect.stringMatching(/^component.yml:3:6: expected a path to a document, relative to this file/),
      expect.stringContaining(`empty.yml:1:1: ${expected}`),
      expect.stringMatching(/^gone.yml:3:6: cannot read the component .*gone-document.yml: no such file/),
      expect.stringContaining(`list.yml:1:1: ${expected}`),
      expect.stringMatching(/^recipe.yml:2:18: expected a version of three numbers, .* of which one may be x/),
      expect.stringMatching(/^small.yml:1:7: expected a name of 3 to 128/),
      expect.stringMatching(/^small.yml:2:16: expected a list, found "t3.micro"/),
      expect.stringContaining(`unknown.yml:1:1: ${expected}`),
      '10 problems; nothing was started.',
    ]);
  });
  test('with two files that would take each other’s place says so, and registers neither', async () => {
    write({
      'a.yml': 'name: Web App\nimageRecipe: web/x.x.x\n',
      'b.yml': 'name: web_app\nimageRecipe: web/x.x.x\n',
      'c.yml': 'name: web\nsemanticVersion: 1.0.x\nparentImage: ami-00000000\n',
      'd.yml': 'name: Web\nsemanticVersion: 1.0.x\nparentImage: ami-00000001\n',
      'e.yml': 'name: web\nsemanticVersion: 2.0.x\nparentImage: ami-00000001\n',
      'f.yml': 'name: web app\ninstanceTypes: [t3.micro]\n',
      'g.yml': 'name: WEB-app\ninstanceTypes: [t3.micro]\n',
    });
    expect((await failure()).map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'b.yml:1:7: a.yml is the image pipeline of this name already',
      'd.yml:1:7: c.yml is the image recipe 1.0.x of this name already',
      'g.yml:1:7: f.yml is the infrastructure configuration of this name already',
      '3 problems; nothing was started.',
    ]);
  });
  test('with two documents of one name says so', async () => {
    write({ 'a/nginx.yml': document('a'), 'b/nginx.yml': document('b') });
    expect((await failure())[0]).toBe(
      'b/nginx.yml:1:1: another document of these files is component nginx 1.0.0 already: rename one',
    );
  });
  test('that is empty, and a path that is not there, are told', async () => {
    expect(await failure()).toEqual([`There is nothing to register in ${directory}: no .yml, .yaml or .json file.`]);
    expect(await failure([join(directory, 'nowhere')])).toEqual(['Cannot read nowhere: no such file']);
  });
});

describe('build of a folder', () => {
  test('is of its one pipeline, with what it refers to', async () => {
    const { input, before } = await readBuildable(write(all), {});
    expect([input.pipeline.name, before?.imageRecipes?.length]).toEqual(['web', 1]);
  });
  test('wants one pipeline, and no variables', async () => {
    write({ ...all, 'other.yml': 'name: other\nimageRecipe: web/1.x.x\n' });
    await expect(readBuildable(directory, {})).rejects.toThrow('holds 2 pipelines (other, web): `build` builds one.');
    await expect(readBuildable(directory, { port: '1' })).rejects.toThrow('--var is for one pipeline file');
  });
});

describe('apply', () => {
  /** A stack that answers each resource of a call as created. */
  function stack(names: Record<string, string[]> = {}) {
    const calls: PutResourcesRequest[] = [];
    return {
      calls,
      putResources: async (request: PutResourcesRequest): Promise<PutResourcesOutput> => {
        calls.push(request);
        const change = (type: ResourceChange['type'], name: string): ResourceChange => ({
          ...{ type, name, change: 'created' as const },
          arn: `arn:aws:imagebuilder:us-east-1:000000000000:${type}/${name}`,
        });
        const resources = [
          ...(request.components ?? []).map(({ name }) => change('component', name)),
          ...(request.imageRecipes ?? []).map(({ recipe }) => change('image-recipe', recipe.name)),
          ...(request.pipeline ? [change('image-pipeline', request.pipeline.name)] : []),
        ];
        return { dryRun: request.dryRun === true, resources, components: [] };
      },
      registry: {
        names: async (type: string) => names[type] ?? [],
        pipeline: async () => undefined,
        lifecyclePolicy: async () => undefined,
        versions: async () => [],
      },
    };
  }
  test('rehearses everything before it registers anything, pipelines with what they need', async () => {
    const folder = await readResources([write(all)]);
    const { calls, ...front } = stack();
    await applyFolder(front, folder, false);
    expect(calls.map(({ dryRun, pipeline, components = [] }) => [dryRun, pipeline?.name, components.length])).toEqual([
      [true, undefined, 3],
      [true, 'web', 2],
      [false, undefined, 3],
      [false, 'web', 0],
    ]);
    const planned = stack();
    await applyFolder(planned, folder, true);
    expect(planned.calls.map(({ dryRun }) => dryRun)).toEqual([true, true]);
  });
  test('warns of a pipeline that stays with the version that its recipe has left', async () => {
    const files = {
      'web.yml': 'name: web\nimageRecipe: web/1.0.0\n',
      'recipe.yml': 'name: web\nsemanticVersion: 1.0.0\nparentImage: base/x.x.x\n',
    };
    const folder = await readResources([write(files)]);
    const arn = 'arn:aws:imagebuilder:us-east-1:000000000000:image-recipe/web/1.0.1';
    const resource = { type: 'image-recipe' as const, name: 'web', arn, change: 'new version' as const };
    const front = {
      ...stack(),
      putResources: async () => ({ dryRun: true, resources: [resource], components: [] }),
    };
    expect((await applyFolder(front, folder, true)).warnings).toEqual([
      'The pipeline web refers to web/1.0.0, but what the recipe web says now is 1.0.1: refer to web/1.0.x to follow it.',
    ]);
    Object.assign(resource, { arn: arn.replace('1.0.1', '1.0.0') });
    expect((await applyFolder(front, folder, true)).warnings).toEqual([]);
  });
  test('says each resource once, and what is registered but not in the files', async () => {
    const folder = await readResources([write(all)]);
    const applied = await applyFolder(
      stack({ component: ['nginx', 'old'], 'image-pipeline': ['web', 'shop'] }),
      folder,
      true,
    );
    const lines: string[] = [];
    showChanges(applied, { out: (line) => void lines.push(line) });
    expect(lines).toEqual([
      'created   component/inline',
      'created   component/nginx',
      'created   component/own',
      'created   image-recipe/web',
      'created   image-pipeline/web',
      'orphaned  component/old        (registered, not in these files)',
      'orphaned  image-pipeline/shop  (registered, not in these files)',
      '5 of 5 would be registered; nothing was changed.',
    ]);
  });
});
