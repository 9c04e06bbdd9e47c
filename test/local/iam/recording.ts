// Builds of every kind in one local cloud, good, failed, aborted and late, with every decision about what a role may do.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type AttributeValue,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateLaunchTemplateCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
} from '@aws-sdk/client-ec2';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stringify } from 'yaml';
import type { Decision } from '../../../local/iam/access.ts';
import type { Call } from '../../../local/iam/guard.ts';
import { startCloud } from '../../../local/start.ts';
import { groundFor, stateDirectory } from '../../e2e/ground.ts';
import { type Answer, build, type Image, imageBuilder } from '../../e2e/image-builder.ts';
import { component, pipeline, type Recipe, toRegions } from '../../e2e/pipeline-folder.ts';
import { repository } from '../../source-files.ts';
import { targetAccount } from './forbidden-acts.ts';
import { sweptBuilds } from './swept-builds.ts';

export type Recording = {
  decisions: Decision[];
  /** The status that each build ended with, by its name. */
  statuses: Record<string, string>;
};

const stack = 'serverless-image-builder-local';
/** Of a key that the target account may use too; `more` is said besides. */
const keyPolicy = (...more: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Action: 'kms:*', Resource: '*' },
        Principal: { AWS: ['000000000000', targetAccount].map((account) => `arn:aws:iam::${account}:root`) },
      },
      ...more,
    ],
  });
const topic = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;

/** Those of one operation, by what the request says and by who makes it. */
type Calls = { operation: string; about: RegExp; role?: RegExp };

/** What the stack named. */
export type Names = {
  table: string;
  topic: string;
  packageUpdateTopic: string;
  deadLetterQueue: string;
  machineArn: string;
};

export async function record(names: Names): Promise<Recording> {
  const { table: tableName, topic: topicName, machineArn } = names;
  const directory = await stateDirectory();
  const ground = groundFor('roles');
  const decisions: Decision[] = [];
  const overtaking: (Calls & { act: (text: string) => Promise<void> })[] = [];
  const cloud = await startCloud({
    ...{ stateDirectory: directory.path, repository, port: 0, network: 'none' as const, accounts: [targetAccount] },
    watch: {
      decided: (decision) => void decisions.push(decision),
      async before(call) {
        for (const { operation, about, role, act } of [...overtaking]) {
          if (call.operation !== operation || !(role?.test(call.roleArn) ?? true)) continue;
          const text = await textOf(call);
          if (about.test(text)) await act(text);
        }
      },
    },
  });
  const client = {
    ...{ endpoint: cloud.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'any' },
  };
  const dynamodb = new DynamoDBClient(client);
  const ec2 = new EC2Client(client);
  const iam = new IAMClient(client);
  const kms = new KMSClient(client);
  const kmsElsewhere = new KMSClient({ ...client, region: 'eu-west-1' });
  const lambda = new LambdaClient(client);
  const s3 = new S3Client(client);
  const scheduler = new SchedulerClient(client);
  const sns = new SNSClient(client);
  const sqs = new SQSClient(client);
  const ssm = new SSMClient(client);
  const inTarget = { ...client, credentials: { accessKeyId: targetAccount, secretAccessKey: 'any' } };
  const ec2There = new EC2Client(inTarget);
  const ssmThere = new SSMClient(inTarget);
  const statuses: Record<string, string> = {};

  /** What a request says, with the tags of the image that it names. */
  async function textOf({ operation, input }: Call): Promise<string> {
    if (operation !== 'ModifyImageAttribute') return JSON.stringify(input);
    // Those of other regions are nobody's mark.
    const asked = ec2.send(new DescribeImagesCommand({ ImageIds: [String(input.ImageId)] }));
    return JSON.stringify((await asked.catch(() => ({ Images: [] }))).Images);
  }

  const imageArn = (name: string) => `arn:aws:imagebuilder:us-east-1:000000000000:image/${name}/1.0.0/1`;

  /** As Cleanup does; the entries of what is made in this moment are taken out, since Cleanup would wait for them for minutes. */
  async function closeLedger(name: string, ...texts: string[]): Promise<void> {
    const entries = texts.flatMap((text) => /serverless-image-builder:entry","Value":"([^"]+)"/.exec(text)?.[1] ?? []);
    const remove = entries.length > 0 ? ` REMOVE ${entries.map((_, index) => `entries.#e${index}`).join(', ')}` : '';
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: imageArn(name) }, sk: { S: 'ledger' } },
        UpdateExpression: `SET closed = if_not_exists(closed, :at)${remove}`,
        ...(remove && {
          ExpressionAttributeNames: Object.fromEntries(entries.map((entry, index) => [`#e${index}`, entry])),
        }),
        ExpressionAttributeValues: { ':at': { S: new Date().toISOString() } },
      }),
    );
  }

  /** Acts before the first of such calls, for which those that come meanwhile wait too. */
  function beforeTheFirst(calls: Calls, act: () => Promise<void>): void {
    let acted: Promise<void> | undefined;
    overtaking.push({
      ...calls,
      act() {
        acted ??= act();
        return acted;
      },
    });
  }

  /** When a role first looks at the copy queue, there is a slot to be freed of each of these builds, and a stranger who waits for it. */
  function slotsToFree(role: string, ...builds: string[]): void {
    beforeTheFirst({ operation: 'GetItem', about: /copy-slots#/, role: new RegExp(role) }, async () => {
      const pk = { S: 'copy-slots#000000000000#eu-west-1' };
      const asked = { N: String(Date.parse('2026-01-01T00:00:00Z')) };
      for (const name of builds)
        await dynamodb.send(
          new UpdateItemCommand({
            ...{ TableName: tableName, Key: { pk, sk: { S: 'slots' } } },
            UpdateExpression: 'SET held.#copy = :slot ADD #version :one',
            ExpressionAttributeNames: { '#copy': `${imageArn(name)} CopyRegion#1#0`, '#version': 'version' },
            ExpressionAttributeValues: { ':slot': { M: { asked, snapshots: { N: '1' } } }, ':one': { N: '1' } },
          }),
        );
      const copy = `${imageArn('stranger')} CopyRegion#${role}`;
      const sk = { S: `waiting#2026-01-01T00:00:00.000Z#${copy}` };
      const token = { S: `AQCAAAAKgAAAAMAAAA${'A'.repeat(640)}` };
      const Item = { pk, sk, copy: { S: copy }, asked, snapshots: { N: '1' }, token };
      await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
    });
  }

  const building = (name: string, recipe: Recipe, more: object = {}) => {
    const documents = {
      'works.yml': component('works', { build: [{ name: 'Say', commands: ['echo works'] }] }),
      'fails.yml': component('fails', { build: [{ name: 'Fail', commands: ['exit 3'] }] }),
      'test.yml': component('test', { test: [{ name: 'Say', commands: ['echo tested'] }] }),
      'fails-test.yml': component('fails-test', { test: [{ name: 'Fail', commands: ['exit 3'] }] }),
      'slow-test.yml': component('slow-test', { test: [{ name: 'Sleep', commands: ['echo it-begins', 'sleep 313'] }] }),
    };
    return pipeline(ground.path, name, recipe, documents, more);
  };
  const with_ = (...names: string[]) => ({ components: names.map((name) => ({ component: `./${name}.yml` })) });
  const untested = { imageTestsConfiguration: { imageTestsEnabled: false } };
  const told = { infrastructureConfiguration: { snsTopicArn: topic(topicName) } };

  async function run(name: string, recipe: Recipe, more: object = {}): Promise<Answer & { image: Image }> {
    const answer = await build(building(name, recipe, more), directory.path);
    statuses[name] = answer.image.state.status;
    return answer;
  }

  async function invoke(
    name: string,
    payload: object,
    InvocationType: 'Event' | 'RequestResponse' = 'RequestResponse',
  ) {
    const FunctionName = `${stack}-${name}`;
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload: JSON.stringify(payload) }));
  }

  /** The checks without a build, of what no build of these goes to: a region that has to be enabled, a key in another account, one that lets no other account in. */
  async function preflights(): Promise<void> {
    const name = 'far';
    const kmsKeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const blockDeviceMappings = [{ deviceName: '/dev/sda1', ebs: { encrypted: true, kmsKeyId } }];
    const parentImage = 'ssm:/images/parent';
    const imageRecipe = { name, semanticVersion: '1.0.0', parentImage, components: [], blockDeviceMappings };
    const amiDistributionConfiguration = { name, kmsKeyId: 'alias/images', targetAccountIds: [targetAccount] };
    const elsewhere = { launchTemplateId: 'lt-0123456789abcdef0', accountId: targetAccount };
    const parameterName = '/images/far';
    const far = {
      ...{ region: 'ap-east-1', amiDistributionConfiguration, launchTemplateConfigurations: [elsewhere] },
      ssmParameterConfigurations: [{ parameterName }, { parameterName, amiAccountId: targetAccount }],
    };
    const distributionConfiguration = { channel: 'dev', distributions: [{ region: 'us-east-1' }, far] };
    await invoke('put-resources', { pipeline: { name, imageRecipe, ...untested, distributionConfiguration } });
    for (const one of [name, 'good', 'by-name', 'referring'])
      await imageBuilder(['preflight', one, '--local', '--state-dir', directory.path]);
  }

  /** A build that is cancelled in the very moment in which it makes something: what was made is taken back. */
  function overtaken(operation: string, more: object = {}, name = `late-${operation.toLowerCase()}`) {
    // The first command waits for the agent, and is sent again until there is one.
    const act = async (text: string) => (text.includes('wait until ready') ? undefined : closeLedger(name, text));
    overtaking.push({ operation, about: of(name), act });
    return run(name, with_('works'), { ...untested, ...more });
  }

  /** The same for a tester and a copy, which are made at the same time: the build ends when both are under way. */
  function overtakenTogether() {
    const name = 'late-together';
    const arrived: string[] = [];
    let close: (closed: Promise<void>) => void;
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    const act = async (text: string) => {
      if (text.includes('Build instance')) return;
      if (arrived.push(text) === 2) close(closeLedger(name, ...arrived));
      await closed;
    };
    for (const operation of ['RunInstances', 'CopyImage']) overtaking.push({ operation, about: of(name), act });
    return run(name, with_('works', 'test'), { distributionConfiguration: toRegions('us-east-1', 'eu-west-1') });
  }

  async function good(): Promise<void> {
    const keyElsewhere = (await kmsElsewhere.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const key = (await kms.send(new CreateKeyCommand({ Policy: keyPolicy() }))).KeyMetadata!.Arn!;
    const encrypted = { deviceName: '/dev/sda1', ebs: { encrypted: true, kmsKeyId: key } };
    const { image } = await run(
      'good',
      { ...with_('works', 'test'), blockDeviceMappings: [encrypted] },
      {
        ...told,
        approval: { timeoutHours: 1 },
        packageUpdates: ['kernel'],
        distributionConfiguration: {
          channel: 'prod',
          distributions: [
            {
              region: 'us-east-1',
              amiDistributionConfiguration: {
                launchPermission: { userIds: ['111122223333'] },
                targetAccountIds: [targetAccount],
              },
            },
            {
              region: 'eu-west-1',
              amiDistributionConfiguration: { kmsKeyId: keyElsewhere, launchPermission: { userIds: ['111122223333'] } },
            },
          ],
        },
      },
    );
    const [ami] = image.outputResources.amis;
    await ssm.send(new PutParameterCommand({ Name: '/images/parent', Type: 'String', Value: ami!.image }));
    const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    const snapshotId = Snapshots![0]!.SnapshotId!;
    await Promise.all([
      run('by-name', { ...with_('fails'), parentImage: 'good/x.x.x' }, told),
      run('by-parameter', {
        ...with_('fails'),
        parentImage: 'ssm:/images/parent',
        blockDeviceMappings: [{ deviceName: '/dev/sdb', ebs: { snapshotId } }],
      }),
    ]);
  }

  /** A copy under a key that may be looked at, but not be used. */
  async function keyless(): Promise<void> {
    const Policy = keyPolicy({ Effect: 'Deny', Principal: '*', Action: 'kms:CreateGrant', Resource: '*' });
    const kmsKeyId = (await kmsElsewhere.send(new CreateKeyCommand({ Policy }))).KeyMetadata!.Arn!;
    const copy = { region: 'eu-west-1', amiDistributionConfiguration: { kmsKeyId } };
    const distributionConfiguration = { distributions: [{ region: 'us-east-1' }, copy] };
    const image = imageArn('keyless');
    // Whoever saw first that it failed: before it is cleaned up, both see it once more.
    beforeTheFirst({ operation: 'UpdateItem', about: of('keyless'), role: /CleanupRole/ }, async () => {
      const ImageId = (await ledgerOf(image))['CopyRegion#1#0']!.M!.id!.S!;
      await settle(ImageId, 'available');
      await invoke('copy-region', { image, token: 'of nobody', index: 1 });
      await settle(ImageId, 'available');
      await invoke('resume-build', {
        ...{ source: 'aws.ec2', account: '000000000000', region: 'eu-west-1', 'detail-type': 'EC2 AMI State Change' },
        detail: { ImageId, State: 'failed' },
      });
    });
    await run('keyless', with_('works'), { ...untested, distributionConfiguration });
  }

  const consent = { Key: 'serverless-image-builder:published-by', Value: stack };
  const bucket = 'serverless-image-builder-exports-000000000000';

  /** A template that consents, in one account. */
  async function templateIn(account: EC2Client, name: string): Promise<string> {
    const { LaunchTemplate } = await account.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: { InstanceType: 't3.micro' },
        TagSpecifications: [{ ResourceType: 'launch-template', Tags: [consent] }],
      }),
    );
    return LaunchTemplate!.LaunchTemplateId!;
  }

  /** Everything that a distribution may set, in the own and the target account; `name` ends in what parameters are called. */
  async function targets(name: string) {
    for (const account of [ssm, ssmThere])
      await account.send(new PutParameterCommand({ Name: `/images/${name}`, Type: 'String', Value: 'ami-before' }));
    const launchPermission = { userGroups: ['all'] };
    const parameters = (place: { amiAccountId?: string }) => [
      { parameterName: `/images/${name}`, dataType: 'text', ...place },
      { parameterName: `/images/${name}-new`, dataType: 'text', ...place },
    ];
    return {
      distributionConfiguration: {
        distributions: [
          {
            region: 'us-east-1',
            amiDistributionConfiguration: {
              ...{ launchPermission, targetAccountIds: [targetAccount] },
              ...{ deprecateAfter: { value: 1, unit: 'YEARS' }, deregistrationProtection: { enabled: true } },
            },
            launchTemplateConfigurations: [
              { launchTemplateId: await templateIn(ec2, name), setDefaultVersion: true },
              {
                ...{ launchTemplateId: await templateIn(ec2There, name), setDefaultVersion: true },
                accountId: targetAccount,
              },
            ],
            ssmParameterConfigurations: [...parameters({}), ...parameters({ amiAccountId: targetAccount })],
            s3ExportConfiguration: { diskImageFormat: 'RAW', s3Bucket: bucket },
          },
        ],
      },
    };
  }

  /** A publication that sets everything, one that is overtaken by its cleanup at the last target, and an export that is too late. */
  async function publications(): Promise<void> {
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    await iam.send(new CreateRoleCommand({ RoleName: 'vmimport', AssumeRolePolicyDocument: vmimportTrust }));
    const [all, late] = [await targets('targets'), await targets('late-putparameter')];
    const exporting = {
      distributionConfiguration: {
        distributions: [{ region: 'us-east-1', s3ExportConfiguration: { diskImageFormat: 'RAW', s3Bucket: bucket } }],
      },
    };
    await Promise.all([
      run('targets', with_('works'), { ...untested, ...all }),
      overtaken('PutParameter', late),
      overtaken('ExportImage', exporting),
    ]);
  }

  /** Updates of a package, of a parent image, and a message that nobody can read. */
  async function updates(): Promise<void> {
    const change = {
      ...{ source: 'aws.ssm', 'detail-type': 'Parameter Store Change', region: 'us-east-1' },
      detail: { name: '/images/parent', operation: 'Update' },
    };
    const [bash, parent] = [JSON.stringify({ package: 'bash', version: '99' }), JSON.stringify(change)];
    for (const Message of [bash, parent, 'nonsense'])
      await sns.send(new PublishCommand({ TopicArn: topic(names.packageUpdateTopic), Message }));
    for (const name of ['good', 'by-parameter'])
      await itemOf({ pk: { S: `pipeline#${name}` }, sk: { S: 'pending' } }, (item) => item !== undefined);
    const QueueUrl = `${cloud.endpoint}/000000000000/${names.deadLetterQueue}`;
    const asked = { QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] };
    const [refused] = (await sqs.send(new ReceiveMessageCommand(asked))).Messages ?? [];
    if (
      refused?.Body !== 'nonsense' ||
      !refused.MessageAttributes?.reason?.StringValue?.startsWith('it is neither JSON')
    )
      throw new Error(`expected nonsense among the dead letters with the reason, found ${JSON.stringify(refused)}`);
  }

  /** A schedule that is made, changed, fires and is removed; a request that waits; a pipeline that is disabled for its failures. */
  async function scheduled(): Promise<void> {
    const name = 'timed';
    const register = (schedule: unknown) =>
      invoke('put-resources', {
        pipeline: {
          ...{ name, schedule, ...untested },
          imageRecipe: {
            ...{ name, semanticVersion: '1.0.0', parentImage: 'ssm:/images/parent' },
            components: [{ component: 'fails/x.x.x' }],
          },
        },
      });
    const autoDisablePolicy = { failureCount: 1 };
    await register({ scheduleExpression: 'rate(2 days)' });
    await register({ scheduleExpression: 'rate(1 day)', autoDisablePolicy });
    const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: stack, Name: name }));
    const { Target, FlexibleTimeWindow, ScheduleExpression } = schedule;
    const now = { Target, FlexibleTimeWindow, ScheduleExpression, StartDate: new Date(Date.now() + 1000) };
    await scheduler.send(new UpdateScheduleCommand({ GroupName: stack, Name: name, ...now }));
    await recordOf(imageArn(name), (item) => item !== undefined);
    await invoke('start-build', { imagePipelineName: name, clientToken: 'waits' });
    await recordOf(imageArn(name), (item) => item?.state?.M?.status?.S === 'FAILED');
    await recordOf(imageArn(name).replace(/1$/, '2'), (item) => item?.state?.M?.status?.S === 'FAILED');
    const pipelineItem = { pk: { S: `pipeline#${name}` }, sk: { S: 'pipeline' } };
    await itemOf(pipelineItem, (item) => item?.pipeline?.M?.status?.S === 'DISABLED');
    await register('manual');
    // Nothing has changed for this one.
    await invoke('start-build', {
      imagePipelineName: 'good',
      trigger: 'schedule',
      scheduledTime: '2026-01-01T00:00:00Z',
    });
    // This one's parent is looked for among all images.
    const before = { imagePipelineName: 'by-name', trigger: 'schedule', scheduledTime: '2026-01-01T00:00:00Z' };
    await invoke('start-build', before);
    await recordOf(imageArn('by-name').replace(/1$/, '2'), (item) => item?.state?.M?.status?.S === 'FAILED');
  }

  const recordOf = (image: string, is: (item: Record<string, AttributeValue> | undefined) => boolean) =>
    itemOf({ pk: { S: image }, sk: { S: 'image' } }, is);

  async function itemOf(
    Key: Record<string, AttributeValue>,
    is: (item: Record<string, AttributeValue> | undefined) => boolean,
  ) {
    while (!is((await dynamodb.send(new GetItemCommand({ TableName: tableName, Key }))).Item)) await pause(100);
  }

  /** A pipeline that refers to what is registered by itself; afterwards all of it is deleted. */
  async function referring(): Promise<void> {
    const folder = join(ground.path, 'referring');
    const name = 'referring';
    const files = {
      'fails-here.yml': component('fails-here', { build: [{ name: 'Fail', commands: ['exit 3'] }] }),
      'recipe.yml': stringify({
        ...{ name, semanticVersion: '1.0.x', parentImage: { owner: '136693071363', name: 'debian-12-amd64-*' } },
        components: [{ component: 'fails-here/x.x.x' }],
      }),
      'small.yml': stringify({ name: 'small', instanceTypes: ['t3.micro'] }),
      'one-region.yml': stringify({ name: 'one-region', ...toRegions('us-east-1') }),
      'pipeline.yml': stringify({
        ...{ name, imageRecipe: `${name}/1.x.x` },
        ...{ infrastructureConfiguration: 'small', distributionConfiguration: 'one-region' },
      }),
    };
    mkdirSync(folder);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const { image } = await build(folder, directory.path);
    statuses[name] = image.state.status;
  }

  async function deleteWhatRefers(): Promise<void> {
    const name = 'referring';
    const resources = [`image-pipeline/${name}`, `image-recipe/${name}/x.x.x`, 'component/fails-here/x.x.x'];
    resources.push('infrastructure-configuration/small', 'distribution-configuration/one-region');
    await invoke('delete-resources', { resources });
  }

  /** A build that is cancelled from the command line in the middle of a test. */
  async function aborted(): Promise<void> {
    const regions = { distributionConfiguration: toAccounts('us-east-1', 'eu-west-1') };
    const file = building('aborted', with_('works', 'slow-test'), { ...told, ...regions });
    let begun: Promise<void> | undefined;
    await imageBuilder(['build', file, '--local', '--state-dir', directory.path, '--verbose'], {
      heard(text, child) {
        if (begun || !text.includes('| it-begins')) return;
        begun = again(imageArn('aborted'));
        begun.catch(() => {}).finally(() => child.kill('SIGINT'));
      },
    });
    await begun;
  }

  /** What functions do when they come again: after a missed heartbeat, after the event, after a failure, and the event again. */
  async function again(image: string): Promise<void> {
    const token = 'of nobody';
    const waits: [name: string, input: object, key: string, wanted: string][] = [
      ['launch-builder', {}, 'LaunchBuilder#0#0', 'running'],
      ['stop-builder', {}, 'LaunchBuilder#0#0', 'stopped'],
      ['launch-tester', {}, 'LaunchTester#0#0', 'running'],
      ['snapshot-ami', {}, 'SnapshotAmi#0#0', 'available'],
      ['copy-region', { index: 1 }, 'CopyRegion#1#0', 'available'],
    ];
    let entries = await ledgerOf(image);
    const idOf = (key: string) => entries[key]?.M?.id?.S ?? '';
    // The copy is made while the tests run.
    while (!(await isWaitedFor(idOf('CopyRegion#1#0'), 'available'))) {
      await pause(100);
      entries = await ledgerOf(image);
    }
    for (const [name, input, key, wanted] of waits) {
      await settle(idOf(key), wanted, { ok: { BOOL: true } });
      await invoke(name, { image, token, ...input });
      await settle(idOf(key), wanted, failure);
      await invoke(name, { image, token, ...input });
    }
    const tester = idOf('LaunchTester#0#0');
    const ready = `command#${idOf('RunTest#0#0')}`;
    await settle(tester, ready, failure);
    await invoke('run-component', { image, token, stage: 'test', index: 0 });
    await settle(tester, ready);
    await invoke('run-component', { image, token, stage: 'test', index: 0 });
    await invoke('run-component', { image, token, stage: 'test', index: 1 });
    const event = { source: 'aws.ec2', account: '000000000000', region: 'us-east-1' };
    const builder = idOf('LaunchBuilder#0#0');
    await settle(builder, 'running');
    await invoke('resume-build', {
      ...{ ...event, 'detail-type': 'EC2 Instance State-change Notification' },
      detail: { 'instance-id': builder, state: 'stopping' },
    });
    const ami = idOf('SnapshotAmi#0#0');
    await settle(ami, 'available');
    // Between the look at the AMI and the result somebody else has written it.
    const act = () => settle(ami, 'available', { ok: { BOOL: true } });
    overtaking.push({ operation: 'UpdateItem', about: new RegExp(`wait#${ami}`), act });
    await invoke('resume-build', {
      ...{ ...event, 'detail-type': 'EC2 AMI State Change' },
      detail: { ImageId: ami, State: 'pending' },
    });
    const copy = idOf('CopyRegion#1#0');
    await settle(copy, 'available');
    await invoke('resume-build', {
      ...{ ...event, account: targetAccount, 'detail-type': 'EC2 AMI State Change' },
      detail: { ImageId: copy, State: 'pending' },
    });
  }

  async function ledgerOf(image: string) {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: tableName, Key: { pk: { S: image }, sk: { S: 'ledger' } } }),
    );
    return Item?.entries?.M ?? {};
  }

  async function waitOf(resource: string, wanted: string) {
    const Key = { pk: { S: `wait#${resource}` }, sk: { S: wanted } };
    return (await dynamodb.send(new GetItemCommand({ TableName: tableName, Key }))).Item;
  }
  const isWaitedFor = async (resource: string, wanted: string) => (await waitOf(resource, wanted)) !== undefined;

  /** Gives a wait another result, or none. */
  async function settle(resource: string, wanted: string, result?: Record<string, AttributeValue>): Promise<void> {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: { S: `wait#${resource}` }, sk: { S: wanted } },
        ConditionExpression: 'attribute_exists(pk)',
        UpdateExpression: result ? 'SET #result = :result' : 'REMOVE #result',
        ExpressionAttributeNames: { '#result': 'result' },
        ...(result && { ExpressionAttributeValues: { ':result': { M: result } } }),
      }),
    );
  }

  const swept = () => {
    const regions = { distributionConfiguration: toAccounts('us-east-1', 'eu-west-1') };
    return sweptBuilds({
      ...{ client, state: directory.path, machineArn, imageArn, closeLedger },
      slowTest: building('swept-in-test', with_('works', 'slow-test'), { ...told, ...regions }),
      shared: building('swept-in-publishing', with_('works'), { ...untested, ...shared('us-east-1', 'eu-west-1') }),
      before: (operation, name, act) => beforeTheFirst({ operation, about: of(name) }, act),
      sweep: () => invoke('sweep', { dryRun: false }),
    });
  };

  /** An image that waits for a person: asked again with the answer there, answered twice, and told once more. */
  async function approved(image: string): Promise<void> {
    while (!(await isWaitedFor(image, 'approved'))) await pause(200);
    // The question has been sent, and the token is in its place.
    while (!(await waitOf(image, 'approved'))?.token) await pause(200);
    const token = 'of nobody';
    await settle(image, 'approved', { ok: { BOOL: true } });
    await invoke('await-approval', { image, token });
    await settle(image, 'approved', failure);
    await invoke('await-approval', { image, token });
    await settle(image, 'approved');
    await invoke('answer-approval', { image, decision: 'approved' });
    await settle(image, 'approved', failure);
    await invoke('answer-approval', { image, decision: 'approved' });
  }

  /** The AMI of a failed image, tested again, and distributed by another name. */
  async function keptAndTried(): Promise<void> {
    const { image } = await run('broken', with_('works', 'fails-test'), {
      distributionConfiguration: toRegions('us-east-1', 'eu-west-1'),
      retainForRetry: 1,
    });
    const words = (command: string) => [command, '--local', '--state-dir', directory.path, '--output', 'json'];
    const ended = async (name: string, ...parameters: string[]) => {
      const { out } = await imageBuilder([...words(parameters[0]!), ...parameters.slice(1)]);
      statuses[name] = (JSON.parse(out) as Image).state.status;
    };
    await ended('retried', 'retry', image.arn);
    await Promise.all([
      ended('distributed', 'distribute', imageArn('good'), '--to', 'eu-west-1'),
      approved(imageArn('good').replace(/1$/, '2')),
    ]);
  }

  /** An image that is put out of use, taken back, and deleted by a policy at its time; the policy goes, too. */
  async function retired(): Promise<void> {
    const image = imageArn('good');
    const LaunchTemplateData = { ImageId: 'ami-0123456789abcdef0' };
    for (const one of [ec2, ec2There])
      await one.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'else', LaunchTemplateData }));
    for (const action of ['DISABLE', 'AVAILABLE', 'DEPRECATE', 'AVAILABLE'])
      await invoke('apply-lifecycle', { image, action });
    const name = 'old-ones';
    const register = (
      schedule?: object | 'manual',
      {
        shared = '444455556666',
        recipe = 'good',
        type = 'DELETE',
        filter = { type: 'COUNT', value: 1 } as object,
      } = {},
    ) =>
      invoke('put-resources', {
        lifecyclePolicies: [
          {
            name,
            configuration: {
              policyDetails: [
                {
                  action: { type, includeResources: { amis: true, snapshots: type === 'DELETE' } },
                  filter,
                  exclusionRules: { amis: { sharedAccounts: [shared] } },
                },
              ],
              resourceSelection: { recipes: [{ name: recipe, semanticVersion: 'x.x.x' }] },
              ...(schedule && { schedule }),
            },
          },
        ],
      });
    const change = (arn: string, UpdateExpression: string, values?: Record<string, AttributeValue>) =>
      dynamodb.send(
        new UpdateItemCommand({
          ...{ TableName: tableName, Key: { pk: { S: arn }, sk: { S: 'image' } }, UpdateExpression },
          ...(values && { ExpressionAttributeValues: values }),
        }),
      );
    // A person's action of a moment ago would have the policy wait for a day; what is revoked, or distributed of another one, fills no place before it.
    await change(image, 'REMOVE lifecycle');
    await change(image.replace(/1$/, '2'), 'REMOVE revoked, distributionOf');
    // An old image that is shared in both accounts. What is under EBS's own key could not be; this one is protected, but may be disabled.
    const [old, UserId] = [imageArn('targets'), '777788889999'];
    await change(old, 'SET dateCreated = :date', { ':date': { S: '2026-01-01T00:00:00.000Z' } });
    for (const one of [ec2, ec2There]) {
      const Filters = [{ Name: 'tag:serverless-image-builder:image', Values: [old] }];
      const { Images = [] } = await one.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
      for (const { ImageId } of Images)
        await one.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { Add: [{ UserId }] } }));
    }
    await register('manual', {
      ...{ shared: UserId, recipe: 'targets', type: 'DISABLE' },
      filter: { type: 'AGE', value: 1, unit: 'DAYS' },
    });
    await invoke('apply-lifecycle', { policy: name, dryRun: true });
    await register({ scheduleExpression: 'rate(1 day)' });
    const Name = `lifecycle.${name}`;
    const { Target, FlexibleTimeWindow, ScheduleExpression } = await scheduler.send(
      new GetScheduleCommand({ GroupName: stack, Name }),
    );
    const now = { Target, FlexibleTimeWindow, ScheduleExpression, StartDate: new Date(Date.now() + 1000) };
    await scheduler.send(new UpdateScheduleCommand({ GroupName: stack, Name, ...now }));
    await recordOf(image, (item) => item?.state?.M?.status?.S === 'DELETED');
    await register();
    await invoke('apply-lifecycle', { default: true });
    await invoke('delete-resources', { resources: [`lifecycle-policy/${name}`] });
    await invoke('apply-lifecycle', { default: 'perhaps' }, 'Event');
  }

  /** Channels that are promoted, left, revoked, and settled by the sweep; a build whose region refuses its parameter. */
  async function channels(): Promise<void> {
    const [first, second] = [imageArn('good'), imageArn('good').replace(/1$/, '2')];
    for (const channel of ['dev', 'one']) {
      if (channel === 'dev') await done('promote-image', { image: first, channel });
      await done('promote-image', { image: second, channel, dropRegions: true });
    }
    // Those that overtake look for images in the home region.
    overtaking.length = 0;
    for (const image of [second, first])
      await done('revoke-image', { image, reason: 'told by the test', withdraw: true });
    const [before, after] = await amisOf(first);
    await ssm.send(new PutParameterCommand({ ...parameterOf('broken'), Value: after! }));
    await brokenOff('broken', first, { before: before!, after: after! });
    await brokenOff('first', first, { after: after! });
    await ssm.send(new PutParameterCommand({ ...parameterOf('first'), Value: after! }));
    await brokenOff('elsewhere', first, { after: after! }, 'eu-west-1');
    await brokenOffRevocation(first);
    await pause(500);
    await done('sweep', { dryRun: false });
  }

  /** What a function answers; a failure is one of the test. */
  async function done(name: string, payload: object): Promise<void> {
    const request = { FunctionName: `${stack}-${name}`, Payload: JSON.stringify(payload) };
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand(request));
    if (FunctionError) throw new Error(`${name}: ${Payload!.transformToString()}`);
  }

  const parameterOf = (channel: string) => ({
    ...{ Name: `/images/good/${channel}`, Type: 'String' as const, DataType: 'aws:ec2:image' },
  });

  /** Two AMIs of the home region, of which the image has the first. */
  async function amisOf(image: string): Promise<string[]> {
    const Filters = [{ Name: 'state', Values: ['available'] }];
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
    const own = Images.filter(({ Tags = [] }) => Tags.some(({ Value }) => Value === image));
    return [...own, ...Images.filter((one) => !own.includes(one))].map(({ ImageId }) => ImageId!);
  }

  /** A revocation whose function died long ago. */
  async function brokenOffRevocation(image: string): Promise<void> {
    const text = (S: string) => ({ S });
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: text(`revocation#${image}`), sk: text('revocation') },
        UpdateExpression:
          'SET #type = :type, dateCreated = :date, image = :image, reason = :reason, withdraw = :yes, id = :id, #until = :until',
        ExpressionAttributeNames: { '#type': 'type', '#until': 'until' },
        ExpressionAttributeValues: {
          ...{ ':type': text('revocation'), ':date': text('2026-01-01T00:00:00.000Z'), ':image': text(image) },
          ...{ ':reason': text('told by the test'), ':yes': { BOOL: true }, ':id': text('one'), ':until': { N: '0' } },
        },
      }),
    );
  }

  /** A change of a channel whose function died long ago. */
  async function brokenOff(
    channel: string,
    image: string,
    target: { before?: string; after: string },
    region = 'us-east-1',
  ): Promise<void> {
    const text = (S: string) => ({ S });
    const values = Object.fromEntries(Object.entries(target).map(([key, value]) => [key, text(value)]));
    const move = { M: { action: text('promote'), image: text(image), at: text('2026-01-01T00:00:00.000Z') } };
    const targets = { L: [{ M: { region: text(region), ...values } }] };
    const pending = { M: { move, targets, amis: { M: {} }, until: { N: '0' } } };
    const state = { name: text('good'), channel: text(channel), amis: { M: {} }, history: { L: [] }, pending };
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: text('channel#good'), sk: text(channel) },
        UpdateExpression: 'SET #state = :state, version = :one, #type = :type, dateCreated = :date',
        ExpressionAttributeNames: { '#state': 'state', '#type': 'type' },
        ExpressionAttributeValues: {
          ...{ ':state': { M: state }, ':one': { N: '1' } },
          ...{ ':type': text('channel'), ':date': text('2026-01-01T00:00:00.000Z') },
        },
      }),
    );
  }

  try {
    // While there is no pipeline yet, the weekly rule starts none.
    await invoke('start-build', { default: true, trigger: 'schedule', scheduledTime: '2026-01-01T00:00:00Z' });
    // Functions that are warm serve the next: the first build makes all of them so.
    await Promise.all([good(), approved(imageArn('good'))]);
    await updates();
    await referring();
    await preflights();
    const twoRegions = toRegions('us-east-1', 'eu-west-1');
    slotsToFree('CleanupRole', 'aborted', 'broken');
    slotsToFree('SweepRole', 'swept-in-test');
    await Promise.all([
      ...[aborted(), keptAndTried(), scheduled(), publications(), keyless()],
      ...[overtaken('RunInstances'), overtaken('SendCommand')],
      // Cleanup puts a channel back once nobody can be at it any more: after two minutes.
      overtaken('PutParameter', { distributionConfiguration: { channel: 'prod', ...twoRegions } }, 'late-channel'),
    ]);
    await Promise.all([
      overtaken('CreateImage'),
      overtaken('ModifyImageAttribute', shared('us-east-1', 'eu-west-1')),
      overtakenTogether(),
      swept().then((ended) => Object.assign(statuses, ended)),
    ]);
    await channels();
    await deleteWhatRefers();
    await retired();
    await invoke('sweep', { dryRun: 'perhaps' }, 'Event');
    await invoke('cleanup', { 'detail-type': 'not ours' }, 'Event');
    await invoke('resume-build', { 'detail-type': 'not ours' }, 'Event');
    await invoke('start-build', { 'detail-type': 'not ours' }, 'Event');
    return { decisions, statuses };
  } finally {
    for (const one of [dynamodb, ec2, ec2There, iam, kms, kmsElsewhere, lambda, s3, scheduler, sns, sqs, ssm, ssmThere])
      one.destroy();
    await cloud.stop();
    ground.remove();
    directory.remove();
  }
}

/** What is about a build of this name, by its image's ARN or its log group. */
const of = (name: string) => new RegExp(`/${name}["/]`);

const vmimportTrust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'vmie.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

const failure = { ok: { BOOL: false }, error: { S: 'ResourceFailedError' }, cause: { S: 'as told by the test' } };

/** In each region also a copy of the target account's own. */
const toAccounts = (...regions: string[]) => ({
  distributions: regions.map((region) => ({
    region,
    amiDistributionConfiguration: { targetAccountIds: [targetAccount] },
  })),
});

const shared = (...regions: string[]) => ({
  distributionConfiguration: {
    distributions: regions.map((region) => ({
      region,
      amiDistributionConfiguration: { launchPermission: { userIds: ['111122223333'] } },
    })),
  },
});
