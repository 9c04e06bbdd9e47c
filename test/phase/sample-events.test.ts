// The events in events/ are what start-build takes, and what it would not take is not there.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { check, findingText } from '../../shared/model/check.ts';
import { lifecycleRequestSchema } from '../../shared/model/lifecycle.ts';
import { promoteInput, revokeInput, startBuildInput } from '../../shared/phase/inputs.ts';

const account = { ACCOUNT_ID: '000000000000', AWS_REGION: 'us-east-1', PARTITION: 'aws' };

beforeAll(() => {
  for (const [name, value] of Object.entries(account)) vi.stubEnv(name, value);
});
afterAll(() => vi.unstubAllEnvs());

const sample = (name: string) => JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
const problems = (event: unknown) => check(startBuildInput, event).findings.map(findingText);

it.each(['manual', 'schedule', 'weekly', 'package-update', 'build-requested', 'image-available', 'channel-change'])(
  '%s',
  (name) => {
    expect(problems(sample(name))).toEqual([]);
  },
);

it('promote and revoke', () => {
  expect(check(promoteInput, sample('promote')).findings).toEqual([]);
  expect(check(revokeInput, sample('revoke')).findings).toEqual([]);
  expect(check(promoteInput, { ...sample('promote'), channel: 'Prod' }).findings.map(findingText)).toEqual([
    'channel: expected the name of a channel: 1 to 64 lower-case letters, digits, - _ and . (such as prod), found "Prod"',
  ]);
});

it('lifecycle', () => {
  expect(check(lifecycleRequestSchema, sample('lifecycle')).findings).toEqual([]);
});

it.each<[string, object]>([
  ['an image that is not at its end', { ...sample('image-available'), detail: { state: { status: 'TESTING' } } }],
  ['an event of another account', { ...sample('image-available'), account: '111122223333' }],
  ['an event of another source', { ...sample('build-requested'), source: 'aws.ec2' }],
  [
    'a pipeline of another account',
    { imagePipelineArn: 'arn:aws:imagebuilder:us-east-1:111122223333:image-pipeline/web' },
  ],
  ['a trigger that there is none of', { imagePipelineName: 'web', trigger: 'dream' }],
  ['a time that is none', { imagePipelineName: 'web', trigger: 'schedule', scheduledTime: 'tomorrow' }],
  ['no pipeline', { trigger: 'schedule' }],
])('%s is refused', (_, event) => {
  expect(problems(event).length).toBeGreaterThan(0);
});

it('says of a request what is wrong with it', () => {
  expect(problems({ imagePipelineName: 'x' })).toEqual([
    'imagePipelineName: expected a name of 3 to 128 letters, digits, - and _ (blanks inside), found "x"',
  ]);
  expect(problems({ imagePipelineName: 'web', clientTokn: 'a' })).toEqual([
    'clientTokn: unknown key "clientTokn": did you mean clientToken?',
  ]);
});
