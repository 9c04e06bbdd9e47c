// Runs our own build on the endpoint: no component to build with, one image, copies to other regions, and one test or none.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Builder, run } from './builder.ts';
import { type Cloud, homeRegion, parentImage, repository } from './cloud.ts';

export type Image = {
  arn: string;
  state: { status: string; reason?: string };
  outputResources: { amis: { region: string; image: string }[] };
  executionArn: string;
};

/** `test`: seconds that its test takes; there is none at 0. */
export function startOurs(cloud: Cloud, name: string, copyRegions: string[], test = 0): Builder {
  const directory = join(cloud.state, `pipeline-${name}`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'pipeline.yml');
  if (test > 0) writeFileSync(join(directory, 'wait.yml'), stringify(waiting(test)));
  const components = test > 0 ? [{ component: './wait.yml' }] : [];
  const pipeline = {
    name,
    imageRecipe: { name, semanticVersion: '1.0.0', parentImage: `ssm:${parentImage}`, components },
    imageTestsConfiguration: { imageTestsEnabled: test > 0 },
    distributionConfiguration: { distributions: [homeRegion, ...copyRegions].map((region) => ({ region })) },
  };
  writeFileSync(file, stringify(pipeline));
  const parameters = ['build', file, '--local', '--state-dir', cloud.state, '--output', 'json'];
  return run(join(repository, 'image-builder'), parameters, { PATH: process.env.PATH, HOME: process.env.HOME });
}

const waiting = (seconds: number) => ({
  name: 'wait',
  schemaVersion: 1.0,
  phases: [
    { name: 'test', steps: [{ name: 'Wait', action: 'ExecuteBash', inputs: { commands: [`sleep ${seconds}`] } }] },
  ],
});
