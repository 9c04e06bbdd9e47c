// What Amazon manages in Image Builder, and what stands for it here: public parameters for images, the catalogue for components.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../environment.ts';

/** AWS's own public parameters (Systems Manager user guide, public parameters; Canonical's for Ubuntu). */
const images: [pattern: RegExp, parameter: (match: RegExpExecArray) => string][] = [
  [
    /^amazon-linux-2023-(x86|arm64)$/,
    ([, cpu]) => `/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${cpu === 'x86' ? 'x86_64' : cpu}`,
  ],
  [
    /^amazon-linux-2-(x86|arm64)$/,
    ([, cpu]) => `/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-${cpu === 'x86' ? 'x86_64' : cpu}-gp2`,
  ],
  [
    /^ubuntu-server-(2[0-9])-lts-(x86|arm64)$/,
    ([, release, cpu]) =>
      `/aws/service/canonical/ubuntu/server/${release}.04/stable/current/${cpu === 'x86' ? 'amd64' : cpu}/hvm/ebs-${Number(release) < 24 ? 'gp2' : 'gp3'}/ami-id`,
  ],
];

/** `ssm:…` for the ARN of an image of Amazon's; undefined when none is known. */
export function parameterOf(arn: string): string | undefined {
  const name = /:aws:image\/([^/]+)\//.exec(arn)?.[1] ?? '';
  for (const [pattern, parameter] of images) {
    const match = pattern.exec(name);
    if (match) return `ssm:${parameter(match)}`;
  }
  return undefined;
}

/** The document of the catalogue with the name of a component of Amazon's: its path, or undefined. */
export function catalogued(arn: string): { name: string; path: string } | undefined {
  const name = /:aws:component\/([a-z0-9-]+)\//.exec(arn)?.[1];
  if (!name) return undefined;
  const path = join(repository, 'components', `${name}.yml`);
  return existsSync(path) ? { name, path } : undefined;
}
