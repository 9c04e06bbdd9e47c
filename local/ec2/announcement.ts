// The events of EC2, in its words, on the bus of the account and region where they happen.
import { randomUUID } from 'node:crypto';
import type { Cloud } from '../cloud.ts';
import type { ImageRecord, InstanceRecord } from './records.ts';

export function announceInstance(cloud: Cloud, instance: InstanceRecord): void {
  const { accountId: account, region, instanceId, state } = instance;
  cloud.bus.put({
    source: 'aws.ec2',
    'detail-type': 'EC2 Instance State-change Notification',
    account,
    region,
    resources: [`arn:aws:ec2:${region}:${account}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  });
}

/** The keys of this event's detail are capitalised, and the image's ARN has no account. */
export function announceImage(
  cloud: Cloud,
  image: ImageRecord,
  state: 'available' | 'failed' | 'deregistered' | 'disabled',
): void {
  const { accountId: account, region, imageId } = image;
  cloud.bus.put({
    source: 'aws.ec2',
    'detail-type': 'EC2 AMI State Change',
    account,
    region,
    resources: [`arn:aws:ec2:${region}::image/${imageId}`],
    detail: {
      RequestId: randomUUID(),
      ImageId: imageId,
      State: state,
      ErrorMessage: state === 'failed' ? (image.stateReason?.message ?? '') : '',
    },
  });
}
