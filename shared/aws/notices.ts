// What the outside is told: events on the stack's bus and messages to a pipeline's topic.
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { ThrottledError } from '../errors.ts';
import { asciiLine, visibleJson } from '../model/visible-text.ts';
import { attempt } from './fault.ts';

export type Notice = { detailType: string; resources: string[]; detail: object };

export type Notices = {
  putEvent(notice: Notice): Promise<void>;
  publish(topicArn: string, subject: string, message: object): Promise<void>;
};

/** The source of our events; `aws.*` sources are reserved for AWS (EventBridge PutEvents). */
export const eventSource = 'serverless-image-builder';

/** A subject is ASCII without control characters, of less than 100 characters (SNS Publish). */
const longestSubject = 99;

export function notices(eventBusName: string): Notices {
  const events = new EventBridgeClient({});
  const topics = new SNSClient({});
  return {
    putEvent: ({ detailType, resources, detail }) =>
      attempt(`Tried to put "${detailType}" on event bus ${eventBusName}`, async () => {
        const entry = { EventBusName: eventBusName, Source: eventSource, DetailType: detailType, Resources: resources };
        const answer = await events.send(
          new PutEventsCommand({ Entries: [{ ...entry, Detail: visibleJson(detail) }] }),
        );
        const [refused] = answer.Entries ?? [];
        if (refused?.ErrorCode)
          throw new ThrottledError(
            `Event bus ${eventBusName} refused "${detailType}": ${refused.ErrorCode}: ${refused.ErrorMessage}`,
          );
      }),
    publish: (TopicArn, subject, message) =>
      attempt(`Tried to publish to topic ${TopicArn}`, async () => {
        const request = { TopicArn, Subject: asciiLine(subject, longestSubject), Message: visibleJson(message, 2) };
        await topics.send(new PublishCommand(request));
      }),
  };
}
