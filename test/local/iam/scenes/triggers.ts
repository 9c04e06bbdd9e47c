// What starts builds: updates of packages and parents, schedules, and requests that wait for another build.
import { GetScheduleCommand, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { stackName } from '../../../faults/paper-cloud.ts';
import { imageArn, topic, untested } from '../builds.ts';
import type { Item, Stage } from '../stage.ts';

/** Updates of a package, of a parent image, and a message that nobody can read. */
export async function updates({ held, itemOf, names, settings, until }: Stage): Promise<void> {
  const [sns, sqs] = [held(new SNSClient(settings)), held(new SQSClient(settings))];
  const change = {
    ...{ source: 'aws.ssm', 'detail-type': 'Parameter Store Change', region: 'us-east-1' },
    detail: { name: '/images/parent', operation: 'Update' },
  };
  // What instances on paper have.
  const update = { package: 'paper', version: '99' };
  for (const Message of [JSON.stringify(update), JSON.stringify(change), 'nonsense'])
    await sns.send(new PublishCommand({ TopicArn: topic(names.packageUpdateTopic), Message }));
  for (const name of ['good', 'by-parameter'])
    await itemOf(`pipeline#${name}`, 'pending', (item) => item !== undefined);
  const QueueUrl = `${settings.endpoint}/000000000000/${names.deadLetterQueue}`;
  let refused: Message | undefined;
  await until(async () => {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    refused = Messages?.[0];
    return refused !== undefined;
  });
  const reason = refused?.MessageAttributes?.reason?.StringValue;
  if (refused?.Body !== 'nonsense' || !reason?.startsWith('it is neither JSON'))
    throw new Error(`expected nonsense among the dead letters with the reason, found ${JSON.stringify(refused)}`);
}

/** Has a schedule of the stack fire in a second. */
export async function fireSoon({ now, scheduler }: Stage, Name: string): Promise<void> {
  const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: stackName, Name }));
  const { Target, FlexibleTimeWindow, ScheduleExpression } = schedule;
  const soon = { Target, FlexibleTimeWindow, ScheduleExpression, StartDate: new Date(now() + 1000) };
  await scheduler.send(new UpdateScheduleCommand({ GroupName: stackName, Name, ...soon }));
}

const hasFailed = (item: Item | undefined) => item?.state?.M?.status?.S === 'FAILED';

/** A schedule that is made, changed, fires and is removed; a request that waits; a pipeline that is disabled for its failures. */
export async function scheduled(stage: Stage): Promise<void> {
  const { done, invoke, itemOf, recordOf } = stage;
  const name = 'timed';
  const imageRecipe = {
    ...{ name, semanticVersion: '1.0.0', parentImage: 'ssm:/images/parent' },
    components: [{ component: 'fails/x.x.x' }],
  };
  const register = (schedule: unknown) =>
    done('put-resources', { pipeline: { name, schedule, ...untested, imageRecipe } });
  await register({ scheduleExpression: 'rate(2 days)' });
  await register({ scheduleExpression: 'rate(1 day)', autoDisablePolicy: { failureCount: 1 } });
  await fireSoon(stage, name);
  await recordOf(imageArn(name), (item) => item !== undefined);
  await invoke('start-build', { imagePipelineName: name, clientToken: 'waits' });
  await recordOf(imageArn(name), hasFailed);
  await recordOf(imageArn(name, 2), hasFailed);
  await itemOf(`pipeline#${name}`, 'pipeline', (item) => item?.pipeline?.M?.status?.S === 'DISABLED');
  await register('manual');
  const due = { trigger: 'schedule', scheduledTime: '2026-01-01T00:00:00Z' };
  // Nothing has changed for this one.
  await invoke('start-build', { imagePipelineName: 'good', ...due });
  // This one's parent is looked for among all images.
  await invoke('start-build', { imagePipelineName: 'by-name', ...due });
  await recordOf(imageArn('by-name', 2), hasFailed);
}
