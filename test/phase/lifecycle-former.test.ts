// An image is not retired while a build that is not published may lead consumers back to it.
import { expect, test } from 'vitest';
import type { Publication, Target } from '../../shared/build/target.ts';
import type { ImageStatus } from '../../shared/model/image-record.ts';
import { addImage, arnOf, day, emptyAccount, lifecycleWorld, policyOf, start } from './lifecycle-world.ts';

const old = arnOf('web', '1.0.0/1');
const build = arnOf('web', '1.0.0/2');
const minute = 60_000;

const template: Target = {
  ...{ kind: 'launchTemplate', region: 'us-east-1', id: 'lt-1', tried: true },
  before: { defaultVersion: 7, imageIds: ['ami-theirs', 'ami-old'] },
  after: { imageId: 'ami-new', setDefaultVersion: true },
};
const parameter: Target = {
  ...{ kind: 'ssmParameter', region: 'us-east-1', id: '/images/web', tried: true },
  before: { value: 'ami-old' },
  after: { value: 'ami-new', dataType: 'aws:ec2:image' },
};

type Build = { status: ImageStatus; publication?: Publication['status']; ended?: number; settled?: boolean };

/** web 1.0.0/1, which is due, beside the build of 1.0.0/2, which `ended` milliseconds ago. */
async function retireBeside(target: Target, { status, publication = 'PUBLISHING', ended, settled = false }: Build) {
  const account = emptyAccount();
  addImage(account, { name: 'web', version: '1.0.0/1', age: 90, amis: { 'ami-old': {} } });
  const dateEnded = ended === undefined ? {} : { dateEnded: new Date(start - ended).toISOString() };
  addImage(account, { name: 'web', version: '1.0.0/2', age: 0, status, more: dateEnded });
  account.publishing.push({ by: build, publication: { status: publication, targets: [target] }, settled });
  const age = { type: 'AGE', value: 30, unit: 'DAYS' };
  const rule = { action: { type: 'DELETE', includeResources: { amis: true, snapshots: true } }, filter: age };
  const { decisions } = await lifecycleWorld(account, policyOf({ policyDetails: [rule] })).apply();
  return { there: account.amis.has('ami-old'), reason: decisions.find(({ image }) => image === old)!.reason };
}

test.each<[string, Target, Build]>([
  ['whose template is being set', template, { status: 'DISTRIBUTING' }],
  ['whose parameter is being set', parameter, { status: 'DISTRIBUTING', settled: true }],
  ['that has failed this minute', template, { status: 'FAILED', ended: minute, settled: true }],
  ['that failed a day ago and could not put the template back', template, { status: 'FAILED', ended: day }],
])('not beside a build %s', async (_, target, one) => {
  const { there, reason } = await retireBeside(target, one);
  expect(there).toBe(true);
  expect(reason).toContain('image web/1.0.0/2, which is being published in its place');
});

test.each<[string, Build]>([
  ['that is published', { status: 'AVAILABLE', publication: 'PUBLISHED' }],
  ['that has put back what was there', { status: 'FAILED', ended: day, settled: true }],
])('but beside one %s', async (_, one) => {
  expect(await retireBeside(template, one)).toMatchObject({ there: false });
});
