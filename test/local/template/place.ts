// The place and the smallest resources that template tests use.
import type { Place } from '../../../local/template/stack.ts';

export const place: Place = {
  accountId: '000000000000',
  region: 'eu-west-1',
  partition: 'aws',
  urlSuffix: 'amazonaws.com',
  stackName: 'image-builder-local',
};

export const resource = (Type: string, Properties: object = {}, more: object = {}) => ({ Type, Properties, ...more });
export const topic = (TopicName: unknown, more: object = {}) => resource('AWS::SNS::Topic', { TopicName }, more);
