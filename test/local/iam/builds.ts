// What the recorded builds are made of: components that say how their scripts end, pipelines, and how images are named.
import { gunzipSync } from 'node:zlib';
import { component } from '../../e2e/pipeline-folder.ts';
import type { Ending } from '../../faults/paper-machine.ts';
import { targetAccount } from './forbidden-acts.ts';

/** Long before any build. */
export const longAgo = '2025-12-01T00:00:00.000Z';

export type Settings = { recipe?: object; [key: string]: unknown };

const documents = {
  works: component('works', { build: [{ name: 'Say', commands: ['echo works'] }] }),
  fails: component('fails', { build: [{ name: 'Fail', commands: ['exit 3'] }] }),
  test: component('test', { test: [{ name: 'Say', commands: ['echo tested'] }] }),
  'fails-test': component('fails-test', { test: [{ name: 'Fail', commands: ['exit 3'] }] }),
  'slow-test': component('slow-test', { test: [{ name: 'Sleep', commands: ['sleep 313'] }] }),
};

/** How the scripts of these components end; they are sent packed. */
export function endingOf(sent: string): Ending {
  const [, packed = ''] = /'([A-Za-z0-9+/=]{100,})'/.exec(sent) ?? [];
  const script = packed ? gunzipSync(Buffer.from(packed, 'base64')).toString() : '';
  if (script.includes('exit 3')) return { exitCode: 3 };
  return script.includes('sleep 313') ? { milliseconds: 313_000 } : {};
}

/** What put-resources is called with, for a pipeline and recipe of one name. */
export const pipelineOf = (name: string, components: string[], recipe: object, more: object) => ({
  components: components.map((one) => ({
    ...{ name: one, semanticVersion: '1.0.0' },
    data: documents[one as keyof typeof documents],
  })),
  pipeline: {
    name,
    imageRecipe: {
      ...{ name, semanticVersion: '1.0.0', parentImage: 'ssm:/aws/service/debian/release/12/latest/amd64' },
      components: components.map((one) => ({ component: `${one}/1.0.0` })),
      ...recipe,
    },
    ...more,
  },
});

export const imageArn = (name: string, build = 1) =>
  `arn:aws:imagebuilder:us-east-1:000000000000:image/${name}/1.0.0/${build}`;
/** What is about a build of this name, by its image's ARN or its log group. */
export const of = (name: string) => new RegExp(`/${name}["/]`);
export const untested = { imageTestsConfiguration: { imageTestsEnabled: false } };
/** A result of a wait. */
export const failure = {
  ok: { BOOL: false },
  error: { S: 'ResourceFailedError' },
  cause: { S: 'as told by the test' },
};
export const topic = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;

/** In each region also a copy of the target account's own. */
export const toAccounts = (...regions: string[]) => ({
  distributions: regions.map((region) => ({
    region,
    amiDistributionConfiguration: { targetAccountIds: [targetAccount] },
  })),
});

export const shared = (...regions: string[]) => ({
  distributionConfiguration: {
    distributions: regions.map((region) => ({
      region,
      amiDistributionConfiguration: { launchPermission: { userIds: ['111122223333'] } },
    })),
  },
});
