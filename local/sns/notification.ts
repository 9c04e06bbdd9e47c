// A message as subscribers receive it: in a record for Lambda, as JSON text for queues.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html, https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html
export type Notification = {
  messageId: string;
  topicArn: string;
  subject: string | undefined;
  message: string;
  /** ISO 8601. */
  timestamp: string;
  attributes: Record<string, { Type: string; Value: string }>;
};

export function lambdaRecord(notification: Notification, subscriptionArn: string): string {
  return JSON.stringify({
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscriptionArn,
        Sns: {
          Type: 'Notification',
          MessageId: notification.messageId,
          TopicArn: notification.topicArn,
          Subject: notification.subject ?? null,
          Message: notification.message,
          Timestamp: notification.timestamp,
          SignatureVersion: '1',
          Signature: 'none',
          SigningCertUrl: 'none',
          UnsubscribeUrl: 'none',
          MessageAttributes: notification.attributes,
        },
      },
    ],
  });
}

export function queueBody(notification: Notification, raw: boolean): string {
  if (raw) return notification.message;
  return JSON.stringify({
    Type: 'Notification',
    MessageId: notification.messageId,
    TopicArn: notification.topicArn,
    Subject: notification.subject,
    Message: notification.message,
    Timestamp: notification.timestamp,
    SignatureVersion: '1',
    Signature: 'none',
    SigningCertURL: 'none',
    UnsubscribeURL: 'none',
    ...(Object.keys(notification.attributes).length > 0 ? { MessageAttributes: notification.attributes } : {}),
  });
}
