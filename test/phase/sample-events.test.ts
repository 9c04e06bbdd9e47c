// The events in events/ are what the functions take, and what they would not take is not there.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { check, findingText } from '../../shared/model/check.ts';
import { deleteResourcesInputSchema } from '../../shared/model/delete-resources.ts';
import { lifecycleRequestSchema } from '../../shared/model/lifecycle.ts';
import { putResourcesInputSchema } from '../../shared/model/put-resources.ts';
import { sweepInputSchema } from '../../shared/model/sweep-report.ts';
import { executionEndedSchema } from '../../shared/phase/execution-ended.ts';
import {
  answerApprovalInput,
  checkDistributionInput,
  eventOfOurMachine,
  promoteInput,
  revokeInput,
  startBuildInput,
  stateEventFromAws,
} from '../../shared/phase/inputs.ts';
import { snsEventSchema } from '../../shared/phase/receive-update.ts';
import { stateEventSchema } from '../../shared/phase/resume-build.ts';

const environment = {
  ...{ ACCOUNT_ID: '000000000000', AWS_REGION: 'us-east-1', PARTITION: 'aws', ACCOUNTS: 'none' },
  STACK_NAME: 'serverless-image-builder-local',
};

beforeAll(() => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(() => vi.unstubAllEnvs());

const sample = (name: string) => JSON.parse(readFileSync(`events/${name}.json`, 'utf8'));
const problems = (event: unknown) => check(startBuildInput, event).findings.map(findingText);

const stateEvents = stateEventFromAws(stateEventSchema);
const schemas: Record<string, Parameters<typeof check>[0]> = {
  'ami-available': stateEvents,
  'ami-failed': stateEvents,
  approve: answerApprovalInput,
  'build-requested': startBuildInput,
  'channel-change': startBuildInput,
  'command-failed': stateEvents,
  'command-success': stateEvents,
  delete: deleteResourcesInputSchema,
  distribute: startBuildInput,
  'execution-aborted': eventOfOurMachine(executionEndedSchema),
  'image-available': startBuildInput,
  'instance-running': stateEvents,
  'instance-terminated': stateEvents,
  lifecycle: lifecycleRequestSchema,
  manual: startBuildInput,
  'news-package-sns': snsEventSchema,
  'package-update': startBuildInput,
  preflight: checkDistributionInput,
  promote: promoteInput,
  register: putResourcesInputSchema,
  retry: startBuildInput,
  revoke: revokeInput,
  schedule: startBuildInput,
  sweep: sweepInputSchema,
  weekly: startBuildInput,
};
// What is published on a topic of package updates: test/software/update-message.test.ts reads it.
const messages = ['news-amazon-linux', 'news-ecs-optimized', 'news-package', 'news-packages', 'news-parameter'];

it('every file is looked at', () => {
  const files = readdirSync('events').map((file) => file.replace('.json', ''));
  expect(files.toSorted()).toEqual([...Object.keys(schemas), ...messages].toSorted());
});

it.each(Object.entries(schemas))('%s', (name, schema) => {
  expect(check(schema, sample(name)).findings.map(findingText)).toEqual([]);
});

it('says of a channel what is wrong with it', () => {
  expect(check(promoteInput, { ...sample('promote'), channel: 'Prod' }).findings.map(findingText)).toEqual([
    'channel: expected the name of a channel: 1 to 64 lower-case letters, digits, - _ and . (such as prod), found "Prod"',
  ]);
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
