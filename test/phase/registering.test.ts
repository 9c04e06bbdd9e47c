import { describe, expect, it } from 'vitest';
import { executionName } from '../../shared/build/execution-name.ts';
import type { EbsDefaults } from '../../shared/build/sharing.ts';
import { parseArn } from '../../shared/model/arns.ts';
import type { Pipeline } from '../../shared/model/pipeline-schema.ts';
import type { PutResourcesRequest } from '../../shared/model/put-resources.ts';
import type { StartBuildInput } from '../../shared/model/start-build.ts';
import { findingsOf } from '../../shared/phase/preflight/check.ts';
import { checksOf } from '../../shared/phase/preflight/checks.ts';
import { prepareImage } from '../../shared/phase/prepare-image.ts';
import { putResources } from '../../shared/phase/put-resources.ts';
import { registry } from '../../shared/store/registry.ts';
import { testTable } from '../store/test-table.ts';
import { openDesk } from './desk.ts';
import { newWorld, pipeline } from './world.ts';

const table = await testTable();

const document = (command: string) =>
  `schemaVersion: 1.0\nphases:\n  - name: build\n    steps:\n      - name: Step\n        action: ExecuteBash\n        inputs:\n          commands:\n            - ${command}\n`;

async function office(ebs: EbsDefaults = { encrypted: false }) {
  const world = await newWorld(table);
  const desk = openDesk(table);
  const defaultsAsked: string[] = [];
  const ensured: string[] = [];
  const gateways = {
    ...desk.gateways,
    ...world.gateways,
    ...registry(table),
    executions: { ...world.gateways.executions, ...desk.gateways.executions },
    logGroups: {
      async ensure(name: string) {
        ensured.push(name);
      },
    },
    ebsDefaults: async (region: string): Promise<EbsDefaults> => {
      defaultsAsked.push(region);
      return ebs;
    },
    instanceProfileName: 'builders',
  };
  const start = async (input: StartBuildInput, through: Partial<typeof gateways> = {}) => {
    const { imageBuildVersionArn = '', executionArn } = await desk.start(input, { ...gateways, ...through });
    return { imageBuildVersionArn, executionArn };
  };
  return { world, gateways, ensured, start, started: desk.started, end: desk.end, defaultsAsked };
}

type Documents = NonNullable<PutResourcesRequest['components']>;

let names = 0;
/** A pipeline of its own, with its recipe and its parent image. */
const input = (
  changes: object = {},
  documents: Record<string, string> = {},
): PutResourcesRequest & { pipeline: Pipeline; files: []; components: Documents } => {
  const number = ++names;
  return {
    components: Object.entries(documents).map(([name, data]) => ({ name, semanticVersion: '1.0.0', data })),
    pipeline: pipeline({
      name: `Web Server_${number}`,
      imageRecipe: { name: `web-${number}`, semanticVersion: '1.0.0', parentImage: 'ami-00000000', ...changes },
    }),
    files: [],
  };
};

describe('put-resources', () => {
  it('the same again changes nothing; another content is the next build, pinned by the pipeline', async () => {
    const { gateways, ensured } = await office();
    const first = input({ components: [{ component: 'install/1.0.0' }] }, { install: document('true') });
    const { name } = first.pipeline;
    const arn = `arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/${name.toLowerCase().replace(/[ _]/g, '-')}`;
    const component = (build: number, change: string) => ({
      name: 'install',
      componentBuildVersionArn: `arn:aws:imagebuilder:us-east-1:123456789012:component/install/1.0.0/${build}`,
      change,
    });
    const contentHash = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(await putResources(gateways, first)).toMatchObject({
      ...{ imagePipelineArn: arn, contentHash },
      components: [component(1, 'created')],
      change: 'created',
    });
    expect(await putResources(gateways, first)).toMatchObject({
      ...{ imagePipelineArn: arn, contentHash },
      components: [component(1, 'unchanged')],
      change: 'unchanged',
    });
    const second = { ...first, components: [{ ...first.components[0]!, data: document('false') }] };
    expect(await putResources(gateways, second)).toMatchObject({
      ...{ imagePipelineArn: arn, contentHash },
      components: [component(2, 'created')],
      change: 'updated',
    });
    const { pipeline: kept } = await gateways.pipelines.read(name);
    expect(kept.imageRecipe).toMatchObject({ components: [{ component: 'install/1.0.0/2', parameters: {} }] });
    expect(new Set(ensured)).toEqual(new Set([`/stack/${arn.split('/')[1]}`]));
  });
  it('a document that does not compile registers nothing', async () => {
    const { gateways } = await office();
    const bad = input({ components: [{ component: 'bad-one/1.0.0' }] }, { 'bad-one': 'schemaVersion: 2.0\n' });
    await expect(putResources(gateways, bad)).rejects.toMatchObject({
      name: 'InvalidDocumentError',
      message: expect.stringMatching(/^Component bad-one: [a-z-]+: /),
    });
    expect(await gateways.components.find('bad-one', {})).toBeUndefined();
    expect(await gateways.pipelines.find(bad.pipeline.name)).toBeUndefined();
  });
  it('what could never be shared, and a parent image of another account, register nothing', async () => {
    const { gateways, ensured } = await office();
    const encrypted = input({ blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { encrypted: true } }] });
    const stranger = input({ parentImage: 'arn:aws:imagebuilder:us-east-1:999999999999:image/base/x.x.x' });
    for (const [bad, message] of [
      [encrypted, /^The image cannot be shared from eu-west-1: /],
      [stranger, /^The parent image arn:.+ is not of account 123456789012 in us-east-1: /],
    ] as const) {
      await expect(putResources(gateways, bad)).rejects.toMatchObject({
        name: 'InvalidRequestError',
        message: expect.stringMatching(message),
      });
      expect(await gateways.pipelines.find(bad.pipeline.name)).toBeUndefined();
    }
    expect(ensured).toEqual([]);
  });
  it('a component that nobody registered is missed by name', async () => {
    const { gateways } = await office();
    await expect(putResources(gateways, input({ components: [{ component: 'nowhere/x.x.x' }] }))).rejects.toMatchObject(
      {
        name: 'NotFoundError',
        message: expect.stringContaining('There is no component nowhere/x.x.x'),
      },
    );
  });
});

describe('start-build', () => {
  const registered = async (changes?: object, more: object = {}) => {
    const set = await office();
    const asked = input(changes);
    await putResources(set.gateways, { ...asked, pipeline: { ...asked.pipeline, ...more } });
    return { ...set, imagePipelineName: asked.pipeline.name, recipe: asked.pipeline.imageRecipe.name };
  };
  it('makes the record and the ledger before the execution, whose name follows from the ARN', async () => {
    const { start, started, imagePipelineName, recipe, world } = await registered();
    const { imageBuildVersionArn, executionArn } = await start({ imagePipelineName });
    expect(imageBuildVersionArn).toBe(`arn:aws:imagebuilder:us-east-1:123456789012:image/${recipe}/1.0.0/1`);
    expect(started).toEqual([{ name: executionName(imageBuildVersionArn), image: imageBuildVersionArn }]);
    expect(executionArn).toBe(`arn:aws:states:us-east-1:123456789012:execution:build-image:${started[0]!.name}`);
    expect(await world.gateways.images.read(imageBuildVersionArn)).toMatchObject({
      state: { status: 'PENDING' },
      version: '1.0.0/1',
      sourcePipelineName: imagePipelineName,
      executionArn,
    });
    expect(await world.gateways.ledgers.read(imageBuildVersionArn)).toMatchObject({ entries: {} });
  });
  it('the same token twice is the same build; without a token each call is its own', async () => {
    const { start: ask, imagePipelineName } = await registered({}, { concurrency: 'parallel' });
    const start = (clientToken?: string) => ask({ imagePipelineName, ...(clientToken && { clientToken }) });
    const first = await start('daily');
    expect(await start('daily')).toEqual(first);
    const others = [await start(), await start(), await start('weekly')];
    expect(new Set([first, ...others].map(({ imageBuildVersionArn }) => imageBuildVersionArn)).size).toBe(4);
  });
  it('the same token after a crash before the execution starts it after all', async () => {
    const { gateways, start, started, imagePipelineName } = await registered();
    const asked = { imagePipelineName, clientToken: 'once' };
    const dying = { executions: { ...gateways.executions, start: () => Promise.reject(new Error('killed')) } };
    await expect(start(asked, dying)).rejects.toThrow('killed');
    const { imageBuildVersionArn } = await start(asked);
    expect(imageBuildVersionArn).toMatch(/\/1$/);
    expect(started).toHaveLength(1);
  });
  it('builds what its caller registered, whatever is registered at the same time or later', async () => {
    const { gateways, start: ask, end } = await office();
    const first = input({ components: [{ component: 'one/1.0.0' }] }, { one: document('true') });
    const second = { ...first, pipeline: { ...first.pipeline, description: 'second' } };
    const hashes = [first, second].map(async (asked) => (await putResources(gateways, asked)).contentHash);
    const [one, other] = await Promise.all(hashes);
    const imagePipelineName = first.pipeline.name;
    const built = async (contentHash?: string) => {
      const start = { imagePipelineName, ...(contentHash && { contentHash }) };
      const { imageBuildVersionArn } = await ask(start);
      await end(imageBuildVersionArn);
      await putResources(gateways, { ...first, pipeline: { ...first.pipeline, description: 'later' } });
      return (await gateways.pipelines.frozen(imageBuildVersionArn)).pipeline.description;
    };
    expect(await built(one)).toBeUndefined();
    expect(await built(other)).toBe('second');
    expect(await built()).toBe('later');
    await expect(built('0'.repeat(64))).rejects.toMatchObject({
      name: 'NotFoundError',
      message: expect.stringContaining('registrations are kept for a week'),
    });
  });
  it('the same token after another registration is still the first build, as it was', async () => {
    const { gateways, start: ask, imagePipelineName } = await registered();
    const start = () => ask({ imagePipelineName, clientToken: 'once' });
    const { imageBuildVersionArn } = await start();
    const { pipeline: before } = await gateways.pipelines.read(imagePipelineName);
    await putResources(gateways, { components: [], pipeline: { ...before, description: 'later' }, files: [] });
    expect(await start()).toMatchObject({ imageBuildVersionArn });
    expect((await gateways.pipelines.frozen(imageBuildVersionArn)).pipeline).toEqual(before);
  });
  it('two pipelines of one recipe do not share their tokens', async () => {
    const { gateways, start, imagePipelineName } = await registered();
    const { pipeline: first } = await gateways.pipelines.read(imagePipelineName);
    await putResources(gateways, { components: [], pipeline: { ...first, name: `${first.name}-other` }, files: [] });
    const builds = [imagePipelineName, `${first.name}-other`].map((name) =>
      start({ imagePipelineName: name, clientToken: '2026-11-23' }),
    );
    const [one, other] = await Promise.all(builds);
    expect(one?.imageBuildVersionArn).not.toBe(other?.imageBuildVersionArn);
  });
  it('names of executions fit, and stay apart when they are cut', () => {
    const arn = (build: number) =>
      `arn:aws:imagebuilder:us-east-1:123456789012:image/${'a'.repeat(128)}/1000000000.1000000000.1000000000/${build}`;
    const made = [arn(1_000_000_000), arn(1_000_000_001)].map(executionName);
    for (const name of made) expect(name).toMatch(/^[0-9A-Za-z-_]{1,80}$/);
    expect(made[0]).not.toBe(made[1]);
  });
});

describe('prepare-image', () => {
  const prepared = async (
    changes: object = {},
    documents: Record<string, string> = {},
    more: object = {},
    ebs: EbsDefaults = { encrypted: false },
    architecture = 'x86_64',
  ) => {
    const set = await office(ebs);
    const asked = input(changes, documents);
    await putResources(set.gateways, { ...asked, pipeline: { ...asked.pipeline, ...more } });
    const { imageBuildVersionArn: image } = await set.start({ imagePipelineName: asked.pipeline.name });
    set.world.ec2.amis.push({
      ...{ id: 'ami-00000000', name: 'parent', state: 'available', architecture, description: 'Debian' },
      devices: [{ deviceName: '/dev/xvda', deleteOnTermination: false }],
      ...{ tags: {}, token: '', region: 'us-east-1', visible: true, permissions: [], snapshots: [] },
    });
    return { ...set, image, prepare: () => prepareImage(set.gateways, { image }, set.world.lambda()) };
  };
  it('freezes the plan and tells the machine positions only; again is the same', async () => {
    const { world, image, prepare } = await prepared(
      { components: [{ component: 'frozen/1.0.0' }] },
      { frozen: document('true') },
    );
    const answer = await prepare();
    expect(answer).toEqual({
      ...{ checkNeeded: false, buildNeeded: true, build: [0, 1, 2, 3], test: [0], imageTestsEnabled: true },
      ...{ copyDuringTests: [1], copyAfterTests: [], approvalNeeded: false, exports: [] },
    });
    const plan = await world.gateways.plans.read(image);
    expect(plan).toMatchObject({ parentImageId: 'ami-00000000', homeRegion: 'us-east-1', copies: [1] });
    expect(plan.parentDevices).toEqual([{ deviceName: '/dev/xvda', deleteOnTermination: false }]);
    expect(plan.choices.slice(0, 2).map(({ instanceType }) => instanceType)).toEqual(['m5.large', 'm5.large']);
    expect(await prepare()).toEqual(answer);
    const { notes, timeline } = await world.gateways.images.read(image);
    expect(notes).toEqual(['Parent image ami-00000000: Debian']);
    expect(timeline.PrepareImage?.ended).toBeDefined();
    expect(world.statuses()).toEqual(['CREATING']);
  });
  const runs = (reference: string) =>
    `schemaVersion: 1.0\nphases: [{name: build, steps: [{name: Inner, action: ExecuteDocument, inputs: {document: '${reference}'}}]}]\n`;
  it('documents run by documents are registered components, by name and version or ARN, however deep', async () => {
    const { prepare } = await prepared(
      { components: [{ component: 'outer/1.0.0' }] },
      {
        outer: runs('middle/x.x.x'),
        middle: runs('arn:aws:imagebuilder:us-east-1:123456789012:component/inner/1.0.0/1'),
        inner: document('true'),
      },
    );
    expect(await prepare()).toMatchObject({ build: [0, 1, 2, 3] });
  });
  it('a document that is not registered is named', async () => {
    const { prepare } = await prepared({ components: [{ component: 'outer/1.0.0' }] }, { outer: runs('nobody/x.x.x') });
    await expect(prepare()).rejects.toThrow(/unresolved-document: The document "nobody\/x.x.x" cannot be had/);
  });
  it('starts from no image that was revoked, and waits while one is being retired, whatever names it', async () => {
    const { world, image, prepare } = await prepared();
    const parent = await newWorld(table);
    world.ec2.ami('ami-00000000').tags['serverless-image-builder:image'] = parent.image;
    const { retirements, images } = world.gateways;
    await retirements.mark(parent.image, { run: 'run', until: world.clock.now() }, world.clock.now());
    await expect(prepare()).rejects.toMatchObject({
      name: 'NotReadyError',
      message: expect.stringContaining(`AMI ami-00000000 in us-east-1 is of ${parent.image}, which is being retired`),
    });
    await retirements.unmark(parent.image, 'run');
    await prepare();
    expect(await retirements.users(parent.image)).toEqual([image]);
    await images.revoke(parent.image, { at: '2026-11-27T10:00:00.000Z', reason: 'CVE-2026-1' });
    await expect(prepare()).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `AMI ami-00000000 in us-east-1 is of ${parent.image}, which was revoked at 2026-11-27T10:00:00.000Z (CVE-2026-1): nothing is made of it any more. Build another one, or name another image.`,
    });
  });
  it('a tag that names an image of another account or region, or none, is nobody’s business', async () => {
    const { world, prepare } = await prepared();
    const { images } = world.gateways;
    const asked: string[] = [];
    const { find } = images;
    images.find = (arn) => {
      asked.push(arn);
      return find(arn);
    };
    for (const tag of ['arn:aws:imagebuilder:eu-west-1:123456789012:image/base/1.0.0/7', 'mine', 'hello/1.0.0/1']) {
      world.ec2.ami('ami-00000000').tags['serverless-image-builder:image'] = tag;
      await prepare();
      expect(asked).not.toContain(tag);
    }
  });
  it('writes down what the image is made of, and the image that its parent is', async () => {
    const { world, image, prepare } = await prepared(
      { components: [{ component: 'made-of/1.0.0' }] },
      { 'made-of': document('true') },
    );
    const parent = 'arn:aws:imagebuilder:us-east-1:123456789012:image/base/1.0.0/7';
    world.ec2.ami('ami-00000000').tags['serverless-image-builder:image'] = parent;
    await prepare();
    const { name } = parseArn(image)!;
    expect((await world.gateways.images.read(image)).ancestry).toEqual({
      parentImage: { id: 'ami-00000000', reference: 'ami-00000000', arn: parent },
      components: [{ name: 'made-of', version: '1.0.0', build: 1 }],
      recipe: `${name}/1.0.0`,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
  it('instance types that do not run the parent image are told before anything is launched', async () => {
    const { prepare, world, image } = await prepared({}, {}, {}, undefined, 'arm64');
    await expect(prepare()).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message:
        'The parent image ami-00000000 is arm64, which these instance types do not run: m5.large (x86_64), t3.large (x86_64). Change instanceTypes or the parent image.',
    });
    expect(world.ec2.instances).toEqual([]);
    expect(await world.gateways.images.read(image)).toMatchObject({ failedStep: 'PrepareImage' });
  });
  it('types that nobody named are those of the parent’s architecture', async () => {
    const { world, image, prepare } = await prepared(
      {},
      {},
      { infrastructureConfiguration: pipeline({ infrastructureConfiguration: {} }).infrastructureConfiguration },
      undefined,
      'arm64',
    );
    await prepare();
    const { choices } = await world.gateways.plans.read(image);
    expect(choices).toEqual(['m6g.large', 'm7g.large', 't4g.large'].map((instanceType) => ({ instanceType })));
  });
  it('a component whose parameters do not fit is an InvalidDocumentError, and remembered as what failed', async () => {
    const { world, image, prepare } = await prepared(
      { components: [{ component: 'picky/1.0.0', parameters: { Nothing: 'x' } }] },
      { picky: document('true') },
    );
    await expect(prepare()).rejects.toMatchObject({
      name: 'InvalidDocumentError',
      message: expect.stringMatching(/^Component picky\/1\.0\.0\/1: undeclared-parameter: /),
    });
    expect(await world.gateways.images.read(image)).toMatchObject({ failedStep: 'PrepareImage' });
  });
  it('an image that could not be shared is refused before its plan is kept; the account is asked in the regions concerned', async () => {
    const { world, image, prepare, defaultsAsked } = await prepared(
      {},
      {},
      {},
      { encrypted: true, key: 'alias/aws/ebs' },
    );
    await expect(prepare()).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: expect.stringMatching(
        /^The image cannot be shared from eu-west-1: .+ Name a key of your own of eu-west-1/,
      ),
    });
    expect(defaultsAsked.toSorted()).toEqual(['eu-west-1', 'us-east-1']);
    expect(world.ec2.calls.filter((call) => call.startsWith('run'))).toEqual([]);
    expect(await world.gateways.images.read(image)).toMatchObject({ failedStep: 'PrepareImage' });
  });
  const to = (...distributions: object[]) => pipeline({ distributionConfiguration: { distributions } });
  it.each([
    ['of its own', undefined],
    ['that the pipeline gives', 'web-{{ imagebuilder:buildVersion }}'],
  ])(
    'a key for the home region makes a copy there, under a name %s; what it is made of has another',
    async (_, name) => {
      const amiDistributionConfiguration = {
        ...{ kmsKeyId: 'alias/mine', description: 'Web', amiTags: { of: 'distribution' } },
        ...(name && { name }),
      };
      const { distributionConfiguration } = to(
        { region: 'us-east-1', amiDistributionConfiguration },
        { region: 'eu-west-1' },
      );
      const { world, image, prepare } = await prepared({ amiTags: { team: 'web' } }, {}, { distributionConfiguration });
      expect(await prepare()).toMatchObject({ checkNeeded: true, copyDuringTests: [0, 1] });
      const { ami, copies, distributions } = await world.gateways.plans.read(image);
      const recipe = parseArn(image)!.name;
      expect(copies).toEqual([0, 1]);
      expect(ami).toEqual({
        name: expect.stringMatching(
          new RegExp(`^${recipe} \\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}Z source$`),
        ),
        amiTags: { team: 'web' },
      });
      expect(distributions[0]).toMatchObject({ description: 'Web', amiTags: { team: 'web', of: 'distribution' } });
      expect(distributions[0]!.name).toMatch(name ? /^web-1$/ : new RegExp(`^${recipe} .+Z$`));
    },
  );
  it('a parent image of the account’s own that is encrypted says with what, where others are to have the image', async () => {
    const amiDistributionConfiguration = { launchPermission: { userIds: ['111111111111'] } };
    const { distributionConfiguration } = to({ region: 'us-east-1', amiDistributionConfiguration });
    const { world, image, prepare } = await prepared({}, {}, { distributionConfiguration });
    const key = 'arn:aws:kms:us-east-1:123456789012:key/1';
    const snapshot = { ...{ id: 'snap-1', region: 'us-east-1', description: '' }, ...{ tags: {}, users: [] } };
    world.ec2.snapshots.push(snapshot);
    const device = { deviceName: '/dev/xvda', deleteOnTermination: false, encrypted: true, snapshotId: 'snap-1' };
    world.ec2.ami('ami-00000000').devices = [device];
    await expect(prepare()).rejects.toThrow(/cannot be shared from us-east-1: \/dev\/xvda is encrypted/);
    Object.assign(snapshot, { key });
    expect(await prepare()).toMatchObject({ checkNeeded: true });
    const plan = await world.gateways.plans.read(image);
    expect(plan.parentDevices).toEqual([{ ...device, kmsKeyId: key }]);
    const { dateCreated } = await world.gateways.images.read(image);
    world.surroundings.addKey('us-east-1', key, { managed: true });
    expect((await findingsOf(checksOf(world.gateways, plan, dateCreated))).problems).toMatchObject([
      {
        region: 'us-east-1',
        setting: 'imageRecipe.parentImage',
        message: expect.stringMatching(/is AWS's own, .+ Name a key of your own for it in blockDeviceMappings/),
      },
    ]);
  });
});
