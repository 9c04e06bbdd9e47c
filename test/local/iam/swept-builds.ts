// Builds that end without anybody being told, so that what they own is the sweep's to release.
import { setTimeout as pause } from 'node:timers/promises';
import { DescribeImageAttributeCommand, DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { executionName } from '../../../shared/build/execution-name.ts';
import { build } from '../../e2e/image-builder.ts';

export type Scene = {
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  state: string;
  machineArn: string;
  /** Pipeline file of a build in two regions whose test prints `it-begins` and goes on for minutes. */
  slowTest: string;
  /** Pipeline file of a build that shares its AMI with one account. */
  shared: string;
  imageArn(name: string): string;
  /** Calls back once, when a function asks for the operation about the named build, before it is done. */
  before(operation: string, name: string, act: () => Promise<void>): void;
  closeLedger(name: string): Promise<void>;
  sweep(): Promise<void>;
};

/** Answers the statuses by the names of the builds. From here on the second net sees no execution end. */
export async function sweptBuilds(scene: Scene): Promise<Record<string, string>> {
  const { client, state, imageArn } = scene;
  const ec2 = new EC2Client(client);
  const elsewhere = new EC2Client({ ...client, region: 'eu-west-1' });
  const events = new EventBridgeClient(client);
  const machine = new SFNClient(client);

  const amis = async (region: EC2Client, name: string) => {
    const Filters = [{ Name: 'tag:serverless-image-builder:image', Values: [imageArn(name)] }];
    return (await region.send(new DescribeImagesCommand({ Owners: ['self'], Filters }))).Images ?? [];
  };

  async function stop(name: string): Promise<void> {
    const executions = scene.machineArn.replace(':stateMachine:', ':execution:');
    const executionArn = `${executions}:${executionName(imageArn(name))}`;
    await machine.send(new StopExecutionCommand({ executionArn, cause: 'nobody is told' }));
  }

  /** Stopped with a command, a tester, an AMI and a copy of its own. */
  async function stoppedInTest() {
    const begun = Promise.withResolvers<void>();
    const ended = build(scene.slowTest, state, ['--verbose'], {
      heard: (text) => void (text.includes('| it-begins') && begun.resolve()),
    });
    await Promise.race([begun.promise, ended]);
    while ((await amis(elsewhere, 'swept-in-test'))[0]?.State !== 'available') await pause(100);
    await stop('swept-in-test');
    return { ended };
  }

  /** Stopped when its AMI is shared, but not published yet. */
  async function stoppedInPublishing() {
    const asked = Promise.withResolvers<void>();
    scene.before('ModifyImageAttribute', 'swept-in-publishing', async () => {
      await scene.closeLedger('swept-in-publishing');
      await stop('swept-in-publishing');
      asked.resolve();
    });
    const ended = build(scene.shared, state);
    await Promise.race([asked.promise, ended]);
    const [ami] = await amis(ec2, 'swept-in-publishing');
    const permissions = { ImageId: ami!.ImageId!, Attribute: 'launchPermission' } as const;
    const isShared = async () =>
      (await ec2.send(new DescribeImageAttributeCommand(permissions))).LaunchPermissions?.length === 1;
    while (!(await isShared())) await pause(100);
    // The function notes that it sets nothing more.
    await pause(1000);
    return { ended };
  }

  try {
    const { Rules = [] } = await events.send(new ListRulesCommand({}));
    const rule = Rules.find(({ Name }) => Name?.includes('ExecutionEndedRule'))!;
    await events.send(new DisableRuleCommand({ Name: rule.Name! }));
    const stopped = await Promise.all([stoppedInTest(), stoppedInPublishing()]);
    await scene.sweep();
    const [inTest, inPublishing] = await Promise.all(stopped.map(({ ended }) => ended));
    return {
      'swept-in-test': inTest!.image.state.status,
      'swept-in-publishing': inPublishing!.image.state.status,
    };
  } finally {
    for (const one of [ec2, elsewhere, events, machine]) one.destroy();
  }
}
