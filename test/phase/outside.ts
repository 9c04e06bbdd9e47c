// What happens by itself while a build waits, told by EventBridge: instances come up, AMIs are made, commands end, a person answers.
import type { impatientClock } from '../../local/step-functions/impatient-clock.ts';
import { answerApproval } from '../../shared/phase/answer-approval.ts';
import { resumeBuild, type StateEvent } from '../../shared/phase/resume-build.ts';
import type { World } from './world.ts';

/** CreateImage takes no token, CopyImage does. */
const isMade = ({ token }: { token: string }) => token === '';

export type Tell = (
  detailType: StateEvent['detail-type'],
  detail: object,
  region?: string,
  account?: string,
) => Promise<void>;

/** The router, on an event of AWS. */
export function teller({ gateways }: World, clock: ReturnType<typeof impatientClock>): Tell {
  return async (detailType, detail, region = 'us-east-1', account = '123456789012') => {
    const event = { 'detail-type': detailType, account, region, detail } as StateEvent;
    await clock.during(resumeBuild(gateways, event));
  };
}

/** What `state` waits for happens. */
export async function happen(world: World, clock: ReturnType<typeof impatientClock>, tell: Tell, state: string) {
  const { ec2, consumers, image, gateways } = world;
  const [from, to] = state === 'StopBuilder' ? ['stopping', 'stopped'] : ['pending', 'running'];
  if (state.startsWith('Launch') || state === 'StopBuilder')
    for (const instance of ec2.instances.filter((one) => one.state === from)) {
      instance.state = to!;
      await tell('EC2 Instance State-change Notification', { 'instance-id': instance.id, state: to });
    }
  // Of exports no event tells.
  if (state === 'ExportImage')
    for (const task of consumers.tasks) if (task.status === 'active') task.status = 'completed';
  if (state === 'AwaitApproval')
    await clock.during(answerApproval(gateways, { image, decision: 'approved', by: 'somebody' }));
  const here = state === 'SnapshotAmi';
  if (here || state.startsWith('Copy'))
    for (const ami of ec2.amis.filter((one) => one.state === 'pending' && isMade(one) === here)) {
      ami.state = 'available';
      await tell('EC2 AMI State Change', { ImageId: ami.id, State: 'available' }, ami.region, ami.account);
    }
  if (state.startsWith('Run'))
    for (const { id, view } of world.sent.filter((one) => one.view.status === 'InProgress')) {
      Object.assign(view, { status: 'Success', statusDetails: 'Success', exitCode: 0 });
      const command = Object.values((await clock.during(world.ledger())).entries).find((entry) => entry.id === id);
      const detail = { 'command-id': id, 'instance-id': command?.instanceId, status: 'Success' };
      await tell('EC2 Command Invocation Status-change Notification', detail);
    }
}
