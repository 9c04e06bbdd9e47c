// The third net on the real stack, with the other two switched off; and what the doctor sees of it.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Image, imageBuilder } from './image-builder.ts';
import { startCloud } from './local-cloud.ts';
import { component, pipeline } from './pipeline-folder.ts';

let directory: Awaited<ReturnType<typeof stateDirectory>>;

beforeAll(async () => {
  directory = await stateDirectory();
}, 200_000);
afterAll(() => directory.remove());

test.skipIf(impossible)(
  'a build whose execution was stopped without anybody being told is swept; an instance with its tags is only reported',
  async ({ onTestFinished }) => {
    const ground = groundFor('sweep');
    onTestFinished(ground.remove);
    const cloud = await startCloud(directory.path);
    onTestFinished(cloud.stop);
    const ask = async (...command: string[]) => {
      const parameters = [...command, '--local', '--state-dir', directory.path, '--output', 'json'];
      const { code, out, errors } = await imageBuilder(parameters);
      return { code, answer: JSON.parse(out || JSON.stringify(errors)) };
    };
    const ec2 = new EC2Client(cloud.client);
    const events = new EventBridgeClient(cloud.client);
    const machine = new SFNClient(cloud.client);
    for (const client of [ec2, events, machine]) onTestFinished(() => client.destroy());

    // The second net is switched off; the first does not catch an execution that is stopped.
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    const rule = Rules.find(({ Name }) => Name?.includes('ExecutionEndedRule'))!;
    await events.send(new DisableRuleCommand({ Name: rule.Name! }));

    const slow = component('slow', { build: [{ name: 'Sleep', commands: ['echo it-begins', 'sleep 313'] }] });
    const file = pipeline(ground.path, 'slow', { components: [{ component: './slow.yml' }] }, { 'slow.yml': slow });
    const begun = Promise.withResolvers<void>();
    const building = imageBuilder(['build', file, '--local', '--verbose', '--state-dir', directory.path], {
      heard: (text) => void (text.includes('| it-begins') && begun.resolve()),
    });
    await begun.promise;
    const [image] = (await ask('images', 'list')).answer as Image[];
    expect((await ask('sweep', '--dry-run')).answer.counts).toMatchObject({ looked: 1, live: 1, released: 0 });
    expect((await ask('resources')).answer.resources).toMatchObject([
      { kind: 'instance', ownership: 'live' },
      { kind: 'volume', ownership: 'live' },
    ]);

    await machine.send(new StopExecutionCommand({ executionArn: image!.executionArn, cause: 'nobody is told' }));
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const { InstanceId: builder, ImageId, Tags } = Reservations[0]!.Instances![0]!;
    const [foreign] = (
      await ec2.send(
        new RunInstancesCommand({
          ...{ ImageId: ImageId!, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
          TagSpecifications: [{ ResourceType: 'instance', Tags: Tags! }],
        }),
      )
    ).Instances!;
    const dry = await ask('sweep', '--dry-run');
    expect(dry.answer).toMatchObject({
      released: expect.arrayContaining([expect.objectContaining({ kind: 'instance', id: builder })]),
      finished: [image!.arn],
      orphans: [{ kind: 'instance', id: foreign!.InstanceId }],
    });
    expect(await stateOf(builder!)).toBe('running');

    const swept = await ask('sweep');
    expect(swept.code).toBe(1);
    expect(swept.answer).toMatchObject({
      complete: true,
      problems: [],
      counts: { leftovers: 0, refused: 0, orphans: 1 },
    });
    const { code, out } = await building;
    expect(code).toBe(1);
    expect(out).toMatch(/^CANCELLED {2}slow 1\.0\.0\/1, /m);
    expect(out).toContain('nobody is told');
    expect(out).toMatch(new RegExp(`The sweep of .* released .*instance ${builder} in us-east-1`));
    for (const end = Date.now() + 20_000; (await stateOf(builder!)) !== 'terminated' && Date.now() < end; )
      await sleep(100);
    expect(await stateOf(builder!)).toBe('terminated');
    expect(['pending', 'running']).toContain(await stateOf(foreign!.InstanceId!));

    const examined = await ask('doctor');
    expect(examined.code).toBe(1);
    const bad = examined.answer.findings.filter(({ status }: { status: string }) => status !== 'ok');
    expect(bad.map(({ check, status }: { check: string; status: string }) => [check, status])).toEqual([
      ['quotas', 'unknown'],
      ['rules', 'fail'],
      ['topics', 'warn'],
      ['topics', 'warn'],
      ['sweep', 'warn'],
    ]);
    expect(bad[1].said).toContain('ExecutionEndedRule is disabled');

    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [foreign!.InstanceId!] }));
    const again = await ask('sweep');
    expect(again).toMatchObject({ code: 0, answer: { counts: { looked: 0, orphans: 0 } } });
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }));
    expect(Images).toEqual([]);

    async function stateOf(id: string) {
      const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      return answer.Reservations![0]!.Instances![0]!.State!.Name;
    }
  },
  90_000,
);
