// The way from a schedule to its target: with the execution role, as Scheduler calls it, and to the dead-letter queue with the same.
import type { Deliveries } from '../events/buses.ts';
import type { Access } from '../iam/access.ts';
import { requireRole } from '../iam/function-roles.ts';
import { need } from '../iam/need.ts';
import type { Sender } from './service.ts';

type Around = {
  access: Access;
  home: { accountId: string; region: string };
  deliveries: Deliveries;
  deadLetter(queueArn: string, payload: string, attributes: Record<string, string>): void;
  fault(error: unknown, what: string): void;
};

const actions: Record<string, string> = {
  lambda: 'lambda:InvokeFunction',
  sns: 'sns:Publish',
  sqs: 'sqs:SendMessage',
  states: 'states:StartExecution',
};

export function scheduleSender({ access, home, deliveries, deadLetter, fault }: Around): Sender {
  return {
    mayAssume: (roleArn, groupArn) => access.trusts(roleArn, 'scheduler.amazonaws.com', groupArn),
    async send({ Arn, RoleArn }, payload, { scheduleArn }) {
      const service = Arn.split(':')[2] ?? '';
      requireRole(access, RoleArn, [need(actions[service] ?? '', Arn)], home);
      await deliveries[service]?.(Arn, payload, { arn: scheduleArn });
    },
    undelivered({ Arn, RoleArn, DeadLetterConfig }, payload, attributes, error) {
      const failed = `a run of ${attributes.SCHEDULE_ARN} for ${Arn}`;
      fault(error, failed);
      const queue = DeadLetterConfig?.Arn;
      if (!queue) return;
      try {
        requireRole(access, RoleArn, [need('sqs:SendMessage', queue)], home);
        deadLetter(queue, payload, attributes);
      } catch (deadLetterError) {
        fault(deadLetterError, `${failed}, on its way to the dead-letter queue`);
      }
    },
  };
}
