// Runs Packer's amazon-ebs builder on the endpoint: no provisioner, one image, copies to other regions.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Builder, run } from './builder.ts';
import { type Cloud, homeRegion } from './cloud.ts';

/** Its version; undefined where there is none. */
export function packerVersion(): string | undefined {
  return /v([\d.]+)/.exec(spawnSync('packer', ['version'], { encoding: 'utf8' }).stdout ?? '')?.[1];
}

export type Polling = {
  /** Seconds between two looks; Packer's own default when absent. */
  every?: number;
  /** Looks before it gives up; Packer's own default when absent. */
  attempts?: number;
};

export async function startPacker(
  cloud: Cloud,
  account: string,
  copyRegions: string[],
  { every, attempts }: Polling = {},
): Promise<Builder> {
  const directory = join(cloud.state, `packer-${account}`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'template.json');
  const builder = {
    ...{ type: 'amazon-ebs', access_key: account, secret_key: 'any', region: homeRegion },
    ...{ custom_endpoint_ec2: cloud.endpoint, communicator: 'none', instance_type: 't3.micro' },
    ...{ skip_region_validation: true, skip_metadata_api_check: true, skip_credential_validation: true },
    ...{ source_ami: await cloud.parentImageId(account), ami_name: 'packer-{{uuid}}', ami_regions: copyRegions },
  };
  writeFileSync(file, JSON.stringify({ builders: [builder] }));
  return run('packer', ['build', '-color=false', file], {
    PATH: process.env.PATH,
    HOME: directory,
    CHECKPOINT_DISABLE: '1',
    // It leaves its log there.
    TMPDIR: directory,
    PACKER_CONFIG_DIR: directory,
    PACKER_CACHE_DIR: directory,
    ...(every && { AWS_POLL_DELAY_SECONDS: String(every) }),
    ...(attempts && { AWS_MAX_ATTEMPTS: String(attempts) }),
  });
}
