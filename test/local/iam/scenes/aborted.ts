// A build that is cancelled in the middle of a test, after all of its functions have come again.

import { failure, imageArn, toAccounts } from '../builds.ts';
import { targetAccount } from '../forbidden-acts.ts';
import type { Stage } from '../stage.ts';

export async function aborted(stage: Stage): Promise<void> {
  const distributionConfiguration = toAccounts('us-east-1', 'eu-west-1');
  const started = await stage.startOf('aborted', ['works', 'slow-test'], { ...stage.told, distributionConfiguration });
  await again(stage, imageArn('aborted'));
  await stage.stop(started);
  await stage.ended(started);
}

/** Once the slow test of an image is under way, and its copy, which is made meanwhile: the ids of what the build has, by their entries. */
export async function inTest({ ledgerOf, until, waitOf }: Stage, image: string): Promise<(key: string) => string> {
  let entries: Awaited<ReturnType<typeof ledgerOf>> = {};
  const idOf = (key: string) => entries[key]?.M?.id?.S ?? '';
  await until(async () => {
    entries = await ledgerOf(image);
    // The first command only waits until the tester is ready.
    const test = await waitOf(idOf('LaunchTester#0#0'), `command#${idOf('RunTest#1#0')}`);
    const copy = await waitOf(idOf('CopyRegion#1#0'), 'available');
    return test?.token !== undefined && copy !== undefined;
  });
  return idOf;
}

/** What functions do when they come again: after a missed heartbeat, after the event, after a failure, and the event again. */
async function again(stage: Stage, image: string): Promise<void> {
  const { before, invoke, settle } = stage;
  const token = 'of nobody';
  const waits: [name: string, input: object, key: string, wanted: string][] = [
    ['launch-builder', {}, 'LaunchBuilder#0#0', 'running'],
    ['stop-builder', {}, 'LaunchBuilder#0#0', 'stopped'],
    ['launch-tester', {}, 'LaunchTester#0#0', 'running'],
    ['snapshot-ami', {}, 'SnapshotAmi#0#0', 'available'],
    ['copy-region', { index: 1 }, 'CopyRegion#1#0', 'available'],
  ];
  const idOf = await inTest(stage, image);
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
  const overtaken = { operation: 'UpdateItem', about: new RegExp(`wait#${ami}`) };
  before(overtaken, () => settle(ami, 'available', { ok: { BOOL: true } }));
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
