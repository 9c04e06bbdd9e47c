import { expect, it } from 'vitest';
import { circle } from '../../shared/build/cascade.ts';
import { grantedByUs, namedBy, pipelinesOn } from '../../shared/build/revocation.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { type Pipeline, pipelineSchema } from '../../shared/model/pipeline-schema.ts';

const pipeline = (name: string, parentImage: string, more: object = {}): Pipeline =>
  pipelineSchema.parse({
    ...{ name, imageRecipe: { name, semanticVersion: '1.0.0', parentImage, components: [] } },
    ...more,
  });
const image = {
  arn: 'arn:aws:imagebuilder:us-east-1:123456789012:image/base/1.2.0/3',
  outputResources: { amis: [{ region: 'us-east-1', image: 'ami-11111111', name: 'base', accountId: '123456789012' }] },
} as ImageRecord;

it('pipelines depend on an image by name, build, channel and AMI', () => {
  const parents = {
    wildcard: 'base/1.x.x',
    'other-version': 'base/2.x.x',
    exact: 'Base/1.2.0/3',
    'other-build': 'base/1.2.0/2',
    'by-arn': image.arn,
    channel: 'ssm:/images/base/prod',
    published: 'ssm:/golden/base',
    'other-channel': 'ssm:/images/base/dev',
    ami: 'ami-11111111',
    'other-ami': 'ami-22222222',
  };
  const all = Object.entries(parents).map(([name, parent]) => pipeline(name, parent));
  const named = namedBy({
    publication: {
      status: 'PUBLISHED',
      targets: [
        { kind: 'launchPermission', region: 'us-east-1', id: 'ami-11111111', before: [], after: ['Group=all'] },
        {
          kind: 'launchTemplate',
          region: 'eu-west-1',
          account: '111111111111',
          id: 'lt-1',
          before: { defaultVersion: 1 },
          after: { imageId: 'ami-3', setDefaultVersion: true },
        },
        ...['us-east-1', 'eu-west-1'].map((region) => ({
          kind: 'ssmParameter' as const,
          region,
          id: region === 'us-east-1' ? '/golden/base' : '/images/base/dev',
          before: {},
          after: { value: 'ami-11111111', dataType: 'text' as const },
        })),
      ],
    },
  });
  expect(named).toEqual([
    { kind: 'launchTemplate', id: 'lt-1', region: 'eu-west-1', account: '111111111111', ami: 'ami-3' },
    { kind: 'ssmParameter', id: '/golden/base', region: 'us-east-1', ami: 'ami-11111111' },
    { kind: 'ssmParameter', id: '/images/base/dev', region: 'eu-west-1', ami: 'ami-11111111' },
  ]);
  expect(namedBy({ publication: { status: 'PUBLISHING', targets: [] } })).toEqual([]);
  expect(pipelinesOn(image, all, ['prod'], named).map(({ name, effect }) => [name, effect])).toEqual([
    ['wildcard', 'takes another'],
    ['exact', 'fails'],
    ['by-arn', 'fails'],
    ['channel', 'takes another'],
    ['published', 'may fail'],
    ['ami', 'fails'],
  ]);
});

it('what is ours to withdraw is what publishing added', () => {
  const ledger = {
    publication: {
      status: 'PUBLISHED',
      targets: [
        {
          kind: 'launchPermission',
          region: 'us-east-1',
          id: 'ami-1',
          before: ['UserId=1'],
          after: ['Group=all', 'UserId=1', 'UserId=2'],
        },
      ],
    },
  } as never;
  const present = [{ UserId: '1' }, { UserId: '2' }, { UserId: '3' }];
  const of = (region: string) => grantedByUs(ledger, { region, id: 'ami-1' }, present);
  expect(of('us-east-1')).toEqual({ ours: ['UserId=2'], others: ['UserId=1', 'UserId=3'] });
  expect(of('eu-west-1')).toEqual({ ours: [], others: ['UserId=1', 'UserId=2', 'UserId=3'] });
});

it('a pipeline that publishes to the channel of its own parent closes a circle', () => {
  const publishes = (channel: string) => ({ distributionConfiguration: { channel } });
  const base = pipeline('base', 'ssm:/images/app/prod', publishes('prod'));
  const app = (channel: string) => pipeline('app', 'ssm:/images/base/prod', publishes(channel));
  expect(circle(base, [app('prod')])).toEqual(['base', 'app', 'base']);
  expect(circle(base, [app('dev')])).toBeUndefined();
});
