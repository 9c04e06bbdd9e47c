// What the outside is told: events on the stack's bus and messages to a pipeline's topic.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ThrottledError } from '../errors.ts';
import { attempt } from './fault.ts';

export type Notice = { detailType: string; resources: string[]; detail: object };

export type Notices = {
  putEvent(notice: Notice): Promise<void>;
  publish(topicArn: string, subject: string, message: object): Promise<void>;
};

/** The source of our events; `aws.*` sources are reserved for AWS (EventBridge PutEvents). */
export const eventSource = 'serverless-image-builder';

export function notices(eventBusName: string): Notices {
  const events = new EventBridgeClient({});
  const topics = new SNSClient({});
  return {
    putEvent: ({ detailType, resources, detail }) =>
      attempt(`Tried to put "${detailType}" on event bus ${eventBusName}`, async () => {
        const entry = { EventBusName: eventBusName, Source: eventSource, DetailType: detailType, Resources: resources };
        const answer = await events.send(
          new PutEventsCommand({ Entries: [{ ...entry, Detail: JSON.stringify(detail) }] }),
        );
        const [refused] = answer.Entries ?? [];
        if (refused?.ErrorCode)
          throw new ThrottledError(
            `Event bus ${eventBusName} refused "${detailType}": ${refused.ErrorCode}: ${refused.ErrorMessage}`,
          );
      }),
    publish: (TopicArn, subject, message) =>
      attempt(`Tried to publish to topic ${TopicArn}`, async () => {
        const text = JSON.stringify(message, null, 2);
        await topics.send(new PublishCommand({ TopicArn, Subject: subject.slice(0, 100), Message: text }));
      }),
  };
}
