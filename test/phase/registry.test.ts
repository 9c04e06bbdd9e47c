// What is registered by itself: recipes, configurations and components; pipelines that refer to them; what cannot be deleted.
import { describe, expect, it } from 'vitest';
import { check, findingText } from '../../shared/model/check.ts';
import { type PutResourcesOutput, putResourcesInputSchema } from '../../shared/model/put-resources.ts';
import { deleteResources } from '../../shared/phase/delete-resources.ts';
import { putResources } from '../../shared/phase/put-resources.ts';
import { resolvePipeline } from '../../shared/phase/resolve-pipeline.ts';
import { kinds } from '../../shared/store/kinds.ts';
import { registry } from '../../shared/store/registry.ts';
import { rehearsal } from '../../shared/store/rehearsal.ts';
import { testTable } from '../store/test-table.ts';
import { openDesk } from './desk.ts';
import { home, newWorld } from './world.ts';

const table = await testTable();

const document = (command: string) =>
  `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Step, action: ExecuteBash, inputs: {commands: ['${command}']}}]}]\n`;

const arn = (resource: string) => `arn:aws:imagebuilder:us-east-1:123456789012:${resource}`;

let suites = 0;

/** A registry whose names nobody else uses: `w` before each name of the suite. */
async function office() {
  const w = `w${++suites}`;
  const world = await newWorld(table);
  const ensured: string[] = [];
  const unscheduled: string[] = [];
  const desk = openDesk(table);
  const side = {
    health: desk.gateways.health,
    schedules: desk.gateways.schedules,
    lifecycleSchedules: desk.gateways.lifecycleSchedules,
    updateSubjects: desk.gateways.updateSubjects,
    home,
    stackName: 'stack',
    accounts: [],
    logRetentionDays: 30,
    now: world.clock.now,
    logGroups: { ensure: async (name: string) => void ensured.push(name) },
  };
  /** As the function does: checked, rehearsed, done. */
  const put = async (request: object): Promise<PutResourcesOutput> => {
    const { output, findings } = check(putResourcesInputSchema, request);
    if (!output) throw new Error(findings.map(findingText).join('; '));
    const rehearsed = await putResources({ ...side, ...registry(rehearsal(table)) }, { ...output, dryRun: true });
    return output.dryRun ? rehearsed : putResources({ ...side, ...registry(table) }, output);
  };
  const deleting = {
    ...registry(table),
    ...{ kinds: kinds(table), images: world.gateways.images, home },
    unschedule: async (name: string) => void unscheduled.push(name),
    unscheduleLifecycle: async (name: string) => void unscheduled.push(name),
  };
  const remove = (resources: string[], dryRun = false) => deleteResources(deleting, { resources, dryRun });
  const told = async (request: object) =>
    (await put(request)).resources.map(({ arn: one, change }) => `${one.replace(arn(''), '')} ${change}`);
  const resolve = async (name: string) => {
    const stores = registry(table);
    return (await resolvePipeline(stores, await stores.pipelines.read(name))).pipeline;
  };
  const component = (version: string, command = 'true') => ({
    ...{ name: `${w}-nginx`, semanticVersion: version, data: document(command), pinned: false },
  });
  const recipe = (changes: object = {}) => ({
    recipe: { name: `${w}-web`, semanticVersion: '1.0.0', parentImage: 'ami-00000000', ...changes },
  });
  const { schedules } = desk;
  return {
    w,
    world,
    put,
    told,
    remove,
    resolve,
    component,
    recipe,
    ensured,
    unscheduled,
    schedules,
    stores: registry(table),
  };
}

describe('resources by themselves', () => {
  it('are created, the same again is unchanged, other content is a new version or an update', async () => {
    const { w, told, component, recipe } = await office();
    const infrastructure = { name: `${w}-small`, configuration: { instanceTypes: ['t3.micro'] } };
    const distribution = { name: `${w}-eu`, configuration: { distributions: [{ region: 'eu-west-1' }] } };
    const all = {
      components: [component('1.2.0')],
      imageRecipes: [recipe({ components: [{ component: `${w}-nginx/1.x.x` }] })],
      infrastructureConfigurations: [infrastructure],
      distributionConfigurations: [distribution],
    };
    const names = [
      `component/${w}-nginx/1.2.0/1`,
      `image-recipe/${w}-web/1.0.0`,
      `infrastructure-configuration/${w}-small`,
      `distribution-configuration/${w}-eu`,
    ];
    expect(await told(all)).toEqual(names.map((name) => `${name} created`));
    expect(await told(all)).toEqual(names.map((name) => `${name} unchanged`));
    const changed = {
      components: [component('1.2.0', 'false')],
      imageRecipes: [recipe({ workingDirectory: '/var/tmp' })],
      infrastructureConfigurations: [{ ...infrastructure, description: 'Small ones' }],
      distributionConfigurations: [{ ...distribution, configuration: {} }],
    };
    expect(await told(changed)).toEqual([
      `component/${w}-nginx/1.2.0/2 new version`,
      `image-recipe/${w}-web/1.0.1 new version`,
      `infrastructure-configuration/${w}-small updated`,
      `distribution-configuration/${w}-eu updated`,
    ]);
  });
  it('keep a wildcard as it is, and pin a document that came by path', async () => {
    const { w, put, component, recipe, stores } = await office();
    const components = [{ component: `${w}-nginx/1.x.x` }, { component: `${w}-own/1.0.0` }];
    const own = { name: `${w}-own`, semanticVersion: '1.0.0', data: document('own') };
    await put({ components: [component('1.2.0'), own], imageRecipes: [recipe({ components })] });
    const kept = await stores.imageRecipes.find(`${w}-web`, {});
    expect(kept?.recipe.components.map((entry) => entry.component)).toEqual([`${w}-nginx/1.x.x`, `${w}-own/1.0.0/1`]);
  });
  it('in a dry run are the plan, what depends on what among it, and nothing is written', async () => {
    const { w, told, component, recipe, stores, ensured } = await office();
    const plan = {
      dryRun: true,
      components: [component('1.0.0')],
      imageRecipes: [recipe({ components: [{ component: `${w}-nginx/x.x.x` }] })],
      pipeline: { name: `${w}-web`, imageRecipe: `${w}-web/x.x.x` },
    };
    expect(await told(plan)).toEqual([
      ...[`component/${w}-nginx/1.0.0/1 created`, `image-recipe/${w}-web/1.0.0 created`],
      `image-pipeline/${w}-web created`,
    ]);
    expect(await stores.components.find(`${w}-nginx`, {})).toBeUndefined();
    expect(await stores.imageRecipes.find(`${w}-web`, {})).toBeUndefined();
    expect(await stores.pipelines.find(`${w}-web`)).toBeUndefined();
    expect(await kinds(table).names('image-recipe')).not.toContain(`${w}-web`);
    expect(ensured).toEqual([]);
  });
  it('are registered all or none: what the last one lacks hinders the first', async () => {
    const { w, put, component, stores } = await office();
    const request = { components: [component('1.0.0')], pipeline: { name: `${w}-web`, imageRecipe: `${w}-web/x.x.x` } };
    await expect(put(request)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: `The pipeline ${w}-web refers to the recipe ${w}-web/x.x.x, which is not registered.`,
    });
    expect(await stores.components.find(`${w}-nginx`, {})).toBeUndefined();
  });
  it('registered by many at once get a version each', async () => {
    const { w, put, recipe, stores } = await office();
    const asked = Array.from({ length: 8 }, (_, index) =>
      recipe({ semanticVersion: '1.0.x', workingDirectory: `/${index}` }),
    );
    await Promise.all(asked.map((one) => put({ imageRecipes: [one] })));
    expect((await stores.imageRecipes.versions(`${w}-web`)).toSorted()).toEqual(
      asked.map((_, index) => `1.0.${index}`),
    );
  });
});

describe('a pipeline that refers', () => {
  it('gets the newest that its references allow, at the time of the build', async () => {
    const { w, put, recipe, resolve } = await office();
    const pipeline = { name: `${w}-web`, imageRecipe: `${w}-web/1.x.x`, infrastructureConfiguration: `${w}-Small` };
    const infrastructureConfigurations = [{ name: `${w}_small`, configuration: { instanceTypes: ['t3.micro'] } }];
    await put({ imageRecipes: [recipe()], infrastructureConfigurations, pipeline });
    expect(await resolve(`${w}-web`)).toMatchObject({
      imageRecipe: { semanticVersion: '1.0.0', workingDirectory: '/tmp' },
      infrastructureConfiguration: { instanceTypes: ['t3.micro'] },
      distributionConfiguration: { distributions: [] },
    });
    await put({ imageRecipes: [recipe({ semanticVersion: '1.x.0', workingDirectory: '/var/tmp' })] });
    await put({ imageRecipes: [recipe({ semanticVersion: '2.0.0', workingDirectory: '/two' })] });
    expect((await resolve(`${w}-web`)).imageRecipe).toMatchObject({
      semanticVersion: '1.1.0',
      workingDirectory: '/var/tmp',
    });
  });
  it('by ARN means the same; an ARN of another account or region is refused', async () => {
    const { w, put, recipe, stores, component } = await office();
    const components = [{ component: arn(`component/${w}-nginx/1.x.x`) }];
    await put({
      components: [component('1.0.0')],
      imageRecipes: [recipe({ components })],
      pipeline: { name: `${w}-web`, imageRecipe: arn(`image-recipe/${w}-web/1.0.x`) },
    });
    expect((await stores.pipelines.read(`${w}-web`)).pipeline.imageRecipe).toBe(`${w}-web/1.0.x`);
    const stranger = `arn:aws:imagebuilder:eu-west-1:123456789012:image-recipe/${w}-web/1.0.x`;
    await expect(put({ pipeline: { name: `${w}-two`, imageRecipe: stranger } })).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('is not of account 123456789012 in us-east-1'),
    });
  });
  it('does not fit together with a recipe of too many tags: told when it is registered', async () => {
    const { w, put, recipe } = await office();
    const tags = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'x']));
    const distributions = [{ region: 'eu-west-1', amiDistributionConfiguration: { amiTags: tags('b', 30) } }];
    const pipeline = {
      ...{ name: `${w}-web`, imageRecipe: `${w}-web/x.x.x` },
      distributionConfiguration: { distributions },
    };
    await expect(put({ imageRecipes: [recipe({ amiTags: tags('a', 30) })], pipeline })).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining('expected at most 45 tags'),
    });
  });
  it('and a managed component of Amazon are told apart from a misspelling', async () => {
    const { put, recipe } = await office();
    const components = [{ component: 'arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x' }];
    await expect(put({ imageRecipes: [recipe({ components })] })).rejects.toThrow(
      "Amazon's are to be had in Image Builder only",
    );
  });
});

describe('a schedule that could never start a second build', () => {
  const warning = (name: string) =>
    `The schedule of the pipeline ${name} starts no build after the first: its parent image, recipe and components are fixed`;
  it('is warned of where everything is fixed: recipes that are referred to and documents that are run among it', async () => {
    const { w, put, component } = await office();
    const name = `${w}-daily`;
    const runs = (reference: string) =>
      `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Step, action: ExecuteDocument, inputs: {document: '${reference}'}}]}]\n`;
    const outer = (reference: string) => ({ ...component('2.0.0'), name: `${w}-outer`, data: runs(reference) });
    await put({ components: [component('1.0.0')] });
    const [fixed, open] = [`${w}-nginx/1.0.0/1`, `${w}-nginx/1.0.0`];
    let version = 0;
    const warnings = async (
      recipe: object,
      { schedule = {}, imageRecipe = (one: string) => one, put: more = {} } = {},
    ) => {
      const own = { name: `${w}-daily`, semanticVersion: `1.${++version}.0`, parentImage: 'ami-00000000', ...recipe };
      const pipeline = {
        ...{ name, imageRecipe: imageRecipe(`${w}-daily/1.${version}.0`) },
        schedule: { scheduleExpression: 'rate(1 day)', ...schedule },
      };
      return (await put({ imageRecipes: [{ recipe: own }], pipeline, ...more })).warnings;
    };
    const of = (reference: string) => ({ components: [{ component: reference }] });
    for (const recipe of [{}, { parentImage: 'base/1.0.0/3' }, of(fixed)])
      expect(await warnings(recipe)).toEqual([expect.stringContaining(warning(name))]);
    expect(await warnings(of(`${w}-outer/2.0.0/1`), { put: { components: [outer(fixed)] } })).toHaveLength(1);
    for (const recipe of [{ parentImage: 'ssm:/base' }, { parentImage: 'base/1.0.0' }, of(open)])
      expect(await warnings(recipe)).toEqual([]);
    expect(await warnings(of(`${w}-outer/2.0.0/2`), { put: { components: [outer(open)] } })).toEqual([]);
    expect(await warnings({}, { imageRecipe: (one) => one.replace(/0$/, 'x') })).toEqual([]);
    expect(await warnings({}, { schedule: { pipelineExecutionStartCondition: 'EXPRESSION_MATCH_ONLY' } })).toEqual([]);
  });
});

describe('what two pipelines publish to', () => {
  it('is warned of, by parameter, template and channel; what one names twice is refused', async () => {
    const { w, put } = await office();
    const own = '123456789012';
    const region = 'us-east-1';
    const parameter = `/images/${w}`;
    const template = `lt-${w
      .replace(/[^a-z0-9]/g, '')
      .padEnd(17, '0')
      .slice(0, 17)}`;
    const register = async (name: string, recipe: string, settings: object, channel?: string) => {
      const imageRecipe = { name: `${w}-${recipe}`, semanticVersion: '1.0.0', parentImage: 'ami-00000000' };
      const amiDistributionConfiguration = { launchPermission: { userIds: [own] } };
      const distributions = [{ region, amiDistributionConfiguration, ...settings }];
      const distributionConfiguration = { distributions, ...(channel && { channel }) };
      return (await put({ pipeline: { name: `${w}-${name}`, imageRecipe, distributionConfiguration } })).warnings;
    };
    const parameters = (...names: [name: string, account?: string][]) => ({
      ssmParameterConfigurations: names.map(([parameterName, amiAccountId]) => ({
        ...{ parameterName, dataType: 'text' },
        ...(amiAccountId && { amiAccountId }),
      })),
    });
    const templates = { launchTemplateConfigurations: [{ launchTemplateId: template }] };
    expect(await register('one', 'web', { ...parameters([parameter], [w]), ...templates }, 'prod')).toEqual([]);
    const again = { ...parameters([parameter, own], [`/${w}`]), ...templates };
    expect(await register('two', 'web', again, 'prod')).toEqual([
      `The pipeline ${w}-one publishes to the channel prod of ${w}-web, launch template ${template}, SSM parameter ${parameter} in us-east-1, 1 more, too: consumers get the image of whichever publishes last.`,
    ]);
    expect(await register('three', 'db', parameters([`${parameter}/other`]), 'prod')).toEqual([]);
    await expect(register('four', 'db', parameters([parameter], [parameter, own]))).rejects.toThrow(
      `names SSM parameter ${parameter} of account ${own} twice`,
    );
  });
});

describe('delete-resources', () => {
  const full = async () => {
    const set = await office();
    const { w, put, component, recipe } = set;
    await put({
      components: [component('1.0.0')],
      imageRecipes: [recipe({ components: [{ component: `${w}-nginx/x.x.x` }] })],
      infrastructureConfigurations: [{ name: `${w}-small`, configuration: {} }],
      pipeline: { name: `${w}-web`, imageRecipe: `${w}-web/1.x.x`, infrastructureConfiguration: `${w}-small` },
    });
    return set;
  };
  it('says who refers to it, and deletes nothing', async () => {
    const { w, remove, stores } = await full();
    await expect(remove([`component/${w}-nginx/x.x.x`])).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringContaining(`referred to by image-recipe/${w}-web/1.0.0 (as ${w}-nginx/x.x.x)`),
    });
    await expect(remove([`image-recipe/${w}-web/1.0.0`])).rejects.toThrow(
      `image-pipeline/${w}-web (as ${w}-web/1.x.x)`,
    );
    await expect(remove([`infrastructure-configuration/${w}-small`])).rejects.toThrow(`image-pipeline/${w}-web`);
    expect(await stores.components.find(`${w}-nginx`, {})).toBeDefined();
    expect(await stores.imageRecipes.find(`${w}-web`, {})).toBeDefined();
  });
  it('documents that run it are asked too, with the parameters that recipes give them', async () => {
    const { w, put, remove } = await office();
    const run = (reference: string) =>
      `schemaVersion: 1.0\nparameters: [{Which: {type: string, default: ${w}-inner/1.x.x}}]\nphases: [{name: test, steps: [{name: Step, action: ExecuteDocument, inputs: {document: '${reference}'}}]}]\n`;
    const own = (name: string, data: string, semanticVersion = '1.0.0') => ({
      ...{ name: `${w}-${name}`, semanticVersion, data, pinned: false },
    });
    const inner = [own('inner', document('true')), own('inner', document('true'), '2.0.0')];
    await put({
      components: [...inner, own('outer', run('{{ Which }}'))],
      pipeline: {
        name: `${w}-web`,
        imageRecipe: {
          ...{ name: `${w}-web`, semanticVersion: '1.0.0', parentImage: 'ami-00000000' },
          components: [{ component: `${w}-outer/x.x.x`, parameters: { Which: arn(`component/${w}-inner/2.x.x`) } }],
        },
      },
    });
    await expect(remove([`component/${w}-inner/1.0.0`])).rejects.toThrow(
      `referred to by component/${w}-outer/1.0.0/1 (as ${w}-inner/1.x.x). Delete`,
    );
    await expect(remove([`component/${w}-inner/2.0.0`])).rejects.toThrow(
      `referred to by image-pipeline/${w}-web (as ${arn(`component/${w}-inner/2.x.x`)}, run by ${w}-outer/x.x.x). Delete`,
    );
    await put({ components: [own('inner', document('false'), '2.0.0')] });
    expect((await remove([`component/${w}-inner/2.0.0/1`])).deleted).toHaveLength(1);
    const all = [`component/${w}-inner/x.x.x`, `component/${w}-outer/x.x.x`, `image-pipeline/${w}-web`];
    expect((await remove(all)).deleted).toHaveLength(4);
  });
  it('a version goes while a wildcard has another one', async () => {
    const { w, put, remove, component, stores } = await full();
    await put({ components: [component('1.1.0')] });
    expect((await remove([arn(`component/${w}-nginx/1.1.0/1`)])).deleted).toEqual([
      { type: 'component', name: `${w}-nginx`, arn: arn(`component/${w}-nginx/1.1.0/1`) },
    ]);
    expect(await stores.components.versions(`${w}-nginx`)).toEqual([{ version: '1.0.0', build: 1 }]);
  });
  it('together all go, and are no longer listed; images stay and are named', async () => {
    const { w, remove, unscheduled, world } = await full();
    const amis = [{ region: 'us-east-1', image: 'ami-1', name: 'n', accountId: '1' }];
    const record = await world.read();
    const mine = { ...record, pk: arn(`image/${w}-web/1.0.0/1`), arn: arn(`image/${w}-web/1.0.0/1`) };
    const pipelineOf = { sourcePipelineName: `${w.toUpperCase()} web`, outputResources: { amis } };
    await world.gateways.images.create({ ...mine, ...pipelineOf, state: { status: 'AVAILABLE' } });
    const all = [
      ...[`component/${w}-nginx/x.x.x`, `image-recipe/${w}-web/x.x.x`],
      ...[`infrastructure-configuration/${w}-small`, `image-pipeline/${w}-web`],
    ];
    expect((await remove(all, true)).deleted).toHaveLength(4);
    expect(unscheduled).toEqual([]);
    const { deleted, remaining } = await remove(all);
    expect(deleted.map(({ type }) => type)).toEqual([
      ...['component', 'image-recipe', 'infrastructure-configuration', 'image-pipeline'],
    ]);
    expect(remaining).toEqual([
      { arn: mine.arn, status: 'AVAILABLE', amis: [{ region: 'us-east-1', image: 'ami-1' }] },
    ]);
    expect(unscheduled).toEqual([`${w}-web`]);
    for (const type of ['component', 'image-recipe', 'infrastructure-configuration', 'image-pipeline'] as const)
      expect((await kinds(table).names(type)).filter((name) => name.startsWith(`${w}-`))).toEqual([]);
    expect((await world.gateways.images.read(mine.arn)).outputResources.amis).toEqual(amis);
    await expect(remove(all)).rejects.toMatchObject({ name: 'NotFoundError' });
  });
  it('of another account are refused', async () => {
    const { remove } = await office();
    await expect(remove(['arn:aws:imagebuilder:us-east-1:999999999999:image-pipeline/web'])).rejects.toThrow(
      'is not of account 123456789012',
    );
  });
});

describe('lifecycle policies', () => {
  const policy = (more: object = {}) => ({
    policyDetails: [{ action: { type: 'DEPRECATE' }, filter: { type: 'COUNT', value: 3 } }],
    resourceSelection: { recipes: [{ name: 'web', semanticVersion: 'x.x.x' }] },
    ...more,
  });
  const schedule = { scheduleExpression: 'cron(0 4 * * ? *)', timezone: 'Europe/Berlin' };

  it('are registered with their schedule, changed, and deleted with it', async () => {
    const { w, told, remove, unscheduled, schedules, stores } = await office();
    const name = `${w} Retire`;
    const register = (more: object, dryRun = false) =>
      told({ dryRun, lifecyclePolicies: [{ name, configuration: policy(more) }] });
    const change = (what: string) => [`lifecycle-policy/${w}-retire ${what}`];
    const own = `lifecycle.${w}-retire`;
    expect(await register({ schedule }, true)).toEqual(change('created'));
    expect([schedules.has(own), await stores.lifecyclePolicies.find(name)]).toEqual([false, undefined]);
    expect(await register({ schedule })).toEqual(change('created'));
    expect(await register({ schedule })).toEqual(change('unchanged'));
    expect(schedules.get(own)).toMatchObject({
      ...{ expression: 'cron(0 4 * * ? *)', timezone: 'Europe/Berlin', enabled: true },
      input: { policy: name, trigger: 'schedule' },
    });
    expect(await register({ schedule, status: 'DISABLED' })).toEqual(change('updated'));
    expect(schedules.get(own)).toMatchObject({ enabled: false });
    expect(await register({})).toEqual(change('updated'));
    expect(schedules.has(own)).toBe(false);
    await expect(remove([`lifecycle-policy/${w}-other`])).rejects.toThrow('nothing was deleted');
    expect((await remove([`lifecycle-policy/${name}`])).deleted).toMatchObject([{ type: 'lifecycle-policy' }]);
    expect(unscheduled).toEqual([`${w}-retire`]);
    expect(await stores.lifecyclePolicies.names()).not.toContain(`${w}-retire`);
  });

  it('one whose dates are all over is refused, unless it is disabled; one that was registered in time may be applied again', async () => {
    const { w, world, put, told, stores } = await office();
    const at = (year: number) => ({
      schedule: { scheduleExpression: `cron(0 4 1 1 ? ${year})`, timezone: 'Europe/Berlin' },
    });
    const register = (more: object) => put({ lifecyclePolicies: [{ name: `${w}-over`, configuration: policy(more) }] });
    await expect(register(at(2026))).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `The schedule cron(0 4 1 1 ? 2026) of lifecycle policy ${w}-over would never fire: all its dates are over. Name a later year, or * for every year.`,
    });
    expect(await stores.lifecyclePolicies.find(`${w}-over`)).toBeUndefined();
    await register({ ...at(2026), status: 'DISABLED' });
    await register(at(2027));
    world.clock.pass(400 * 24 * 60 * 60_000);
    expect(await told({ lifecyclePolicies: [{ name: `${w}-over`, configuration: policy(at(2027)) }] })).toEqual([
      `lifecycle-policy/${w}-over unchanged`,
    ]);
  });

  it('that are not right are refused, with the place', async () => {
    const { put } = await office();
    const lifecyclePolicies = [{ name: 'retire', configuration: policy({ resourceSelection: {} }) }];
    await expect(put({ lifecyclePolicies })).rejects.toThrow(
      'lifecyclePolicies[0].configuration.resourceSelection: expected exactly one of recipes and tagMap',
    );
    await expect(
      put({ lifecyclePolicies: [1, 2].map(() => ({ name: 'old one', configuration: policy() })) }),
    ).rejects.toThrow('expected each name once');
  });
});
