// Runs our own build on the endpoint: no component, one image, copies to other regions, no tests.
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

export function startOurs(cloud: Cloud, name: string, copyRegions: string[]): Builder {
  const directory = join(cloud.state, `pipeline-${name}`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'pipeline.yml');
  const pipeline = {
    name,
    imageRecipe: { name, semanticVersion: '1.0.0', parentImage: `ssm:${parentImage}`, components: [] },
    imageTestsConfiguration: { imageTestsEnabled: false },
    distributionConfiguration: { distributions: [homeRegion, ...copyRegions].map((region) => ({ region })) },
  };
  writeFileSync(file, stringify(pipeline));
  const parameters = ['build', file, '--local', '--state-dir', cloud.state, '--output', 'json'];
  return run(join(repository, 'image-builder'), parameters, { PATH: process.env.PATH, HOME: process.env.HOME });
}
