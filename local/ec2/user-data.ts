// User data: the script that cloud-init would run at the first boot. Local instances have no cloud-init, so nothing else is taken.

import type { Boot } from '../machine/boot.ts';
import { AwsError } from '../service.ts';
import type { InstanceRecord } from './records.ts';
import type { Ec2 } from './room.ts';

export function checkedUserData(encoded: string | undefined): string | undefined {
  if (encoded === undefined) return undefined;
  if (Buffer.from(encoded, 'base64').subarray(0, 2).toString() === '#!') return encoded;
  throw new AwsError(
    'UnsupportedOperation',
    'Local instances have no cloud-init: of user data only a script that begins with #! is run, not cloud-config or MIME.',
  );
}

/** Runs it once; its output goes where cloud-init writes it. */
export async function runUserData(ec2: Ec2, instance: InstanceRecord, boot: Boot): Promise<void> {
  if (instance.userData === undefined) return;
  const encoded = instance.userData;
  delete instance.userData;
  ec2.records.save();
  const script = '/var/lib/cloud/instance/user-data.txt';
  await ec2.machine.run(boot, 'user-data', {
    text: [
      '#!/bin/sh',
      'exec >>/var/log/cloud-init-output.log 2>&1',
      `mkdir -p ${script.replace(/\/[^/]*$/, '')}`,
      `echo ${encoded} | base64 -d >${script}`,
      `chmod 700 ${script}`,
      `exec ${script}`,
    ].join('\n'),
    directory: '/run/cloud-init',
    workingDirectory: '/',
    environment: { INSTANCE_ID: instance.instanceId },
    stdout: () => {},
    stderr: () => {},
  });
}
