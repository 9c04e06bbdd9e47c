// EC2: the operations that the product and its users need, over instances that really run.
import { join } from 'node:path';
import type { Cloud } from '../cloud.ts';
import { machine } from '../machine/machine.ts';
import { AwsError, type Operation, type Service } from '../service.ts';
import { readJson } from '../state/json-file.ts';
import { copyImage, copyImageParameters } from './copy-image.ts';
import { type CopyTally, defaultCopyLimits } from './copy-limits.ts';
import { createImage, createImageParameters } from './create-image.ts';
import { protectionOperations } from './deregistration-protection.ts';
import { describeImages } from './describe-images.ts';
import { describeInstanceStatus, describeInstances } from './describe-instances.ts';
import { encryptionOperations } from './encryption.ts';
import { exportImage, exportImageParameters, exportTaskOperations, resumeExports } from './export-image.ts';
import { type ResourceFacts, resourceFacts } from './facts.ts';
import { imageAttributeOperations } from './image-attribute.ts';
import { imageStateOperations } from './image-state.ts';
import { flag } from './input.ts';
import { instanceTypeOperations } from './instance-type.ts';
import { type Instances, instances } from './instances.ts';
import { createKeyPair, createKeyPairParameters, keyPairOperations } from './key-pair.ts';
import {
  createLaunchTemplate,
  createLaunchTemplateParameters,
  launchTemplateOperations,
  modifyLaunchTemplateParameters,
} from './launch-template.ts';
import { byTemplate } from './launch-template-records.ts';
import { createLaunchTemplateVersion, createLaunchTemplateVersionParameters } from './launch-template-version.ts';
import { life } from './life.ts';
import { networkOperations } from './network.ts';
import { resumeImages } from './new-image.ts';
import { powerOperations } from './power.ts';
import { publicAccessOperations } from './public-access.ts';
import { openRecords } from './records.ts';
import { type Refusal, refuse } from './refusal.ts';
import { assertEnabled, regionOperations } from './region.ts';
import { background, type Ec2, type Settings } from './room.ts';
import { runInstances, runInstancesParameters } from './run-instances.ts';
import {
  authorizeIngress,
  createSecurityGroup,
  createSecurityGroupParameters,
  ingressParameters,
  securityGroupOperations,
} from './security-group.ts';
import { snapshotOperations } from './snapshot.ts';
import { snapshotAttributeOperations } from './snapshot-attribute.ts';
import { tagOperations } from './tags.ts';
import { volumeOperations } from './volume.ts';

export type { Instances } from './instances.ts';

const repository = join(import.meta.dirname, '..', '..');
const hourMilliseconds = 60 * 60 * 1000;

/**
 * Nothing runs and nothing is announced before `recover`, which is called once, when the rules that wait for events stand:
 * it ends what an earlier, killed run left, and tells of it.
 * Instances do not see the state directory and the repository, nor what `settings.hidden` names; faults are in `settings.refusals` and the file `ec2/refusals.json` of the state directory.
 */
export function ec2(
  cloud: Cloud,
  settings: Partial<Settings> = {},
): {
  service: Service;
  instances: Instances;
  /** What a permission may depend on, by id. */
  facts(id: string): ResourceFacts | undefined;
  refusals: Refusal[];
  /** What was copied so far, by `<account> <destination region>`. */
  copies: Record<string, CopyTally>;
  /** What instances are and what limits them, to be said once at the start. */
  notice(): Promise<string>;
  recover(): Promise<void>;
  /** Rejects with the reason (and the fix) where instances cannot run. */
  probe(): Promise<void>;
  stop(): Promise<void>;
} {
  const directory = join(cloud.stateDirectory, 'ec2');
  const records = settings.records ?? openRecords(directory);
  const refusals = [...(settings.refusals ?? []), ...readJson<Refusal[]>(join(directory, 'refusals.json'), [])];
  const { limits = {} } = settings;
  const room: Ec2 = {
    cloud,
    records,
    machine:
      settings.machine ??
      machine({
        ...{ directory, limits },
        hidden: [cloud.stateDirectory, repository, ...(settings.hidden ?? [])],
      }),
    settings: {
      ...{ network: settings.network ?? 'host', hidden: settings.hidden ?? [], refusals, limits },
      copyLimits: { ...defaultCopyLimits, ...settings.copyLimits },
      disabledRegions: settings.disabledRegions ?? [],
    },
    background: background(),
    copies: {},
    ...{ s3: settings.s3, keys: settings.keys },
  };
  const lives = life(room);
  const templates = launchTemplateOperations(room);
  const operations: Record<string, Operation> = {
    RunInstances: accepting(runInstancesParameters, (input, caller) =>
      runInstances(room, lives, byTemplate(room, input, caller), caller),
    ),
    DescribeInstances: (input, caller) => describeInstances(room, input, caller),
    DescribeInstanceStatus: (input, caller) => describeInstanceStatus(room, input, caller),
    ...powerOperations(room, lives),
    CreateImage: accepting(createImageParameters, (input, caller) => createImage(room, lives, input, caller)),
    CopyImage: accepting(copyImageParameters, (input, caller) => copyImage(room, input, caller)),
    DescribeImages: (input, caller) => describeImages(room, input, caller),
    ...snapshotOperations(room),
    ...snapshotAttributeOperations(room),
    ...volumeOperations(room),
    ...imageAttributeOperations(room),
    ...templates,
    CreateLaunchTemplate: accepting(createLaunchTemplateParameters, (input, caller) =>
      createLaunchTemplate(room, input, caller),
    ),
    CreateLaunchTemplateVersion: accepting(createLaunchTemplateVersionParameters, (input, caller) =>
      createLaunchTemplateVersion(room, input, caller),
    ),
    ModifyLaunchTemplate: accepting(modifyLaunchTemplateParameters, templates.ModifyLaunchTemplate!),
    ExportImage: accepting(exportImageParameters, (input, caller) => exportImage(room, input, caller)),
    ...exportTaskOperations(room),
    ...protectionOperations(room),
    ...publicAccessOperations(room),
    ...imageStateOperations(room),
    ...tagOperations(room),
    ...regionOperations(room),
    ...encryptionOperations,
    ...networkOperations,
    CreateSecurityGroup: accepting(createSecurityGroupParameters, (input, caller) =>
      createSecurityGroup(room, input, caller),
    ),
    AuthorizeSecurityGroupIngress: accepting(ingressParameters, (input, caller) =>
      authorizeIngress(room, input, caller),
    ),
    ...securityGroupOperations(room),
    CreateKeyPair: accepting(createKeyPairParameters, createKeyPair(room)),
    ...keyPairOperations(room),
    ...instanceTypeOperations,
  };
  return {
    service: {
      signingName: 'ec2',
      protocol: 'ec2',
      version: '2016-11-15',
      operations: Object.fromEntries(
        Object.entries(operations).map(([name, operation]): [string, Operation] => [
          name,
          (input, caller) => {
            assertEnabled(room, caller);
            refuse(refusals, name, input, caller);
            if (flag(input, 'DryRun'))
              throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
            return operation(input, caller);
          },
        ]),
      ),
    },
    instances: instances(room, lives),
    facts: (id) => resourceFacts(records, id),
    refusals,
    copies: room.copies,
    notice: async () =>
      `Instances are namespaces over ${room.machine.base.name}, the root of this machine; ${await room.machine.limits()}.`,
    async recover() {
      lives.recover();
      resumeImages(room);
      resumeExports(room);
      forget(room);
      await room.machine.clear({
        disks: new Set(
          Object.values(records.instances).flatMap((one) => (one.state === 'stopped' ? [one.instanceId] : [])),
        ),
        layers: new Set(Object.values(records.snapshots).flatMap((snapshot) => snapshot.layer ?? [])),
      });
    },
    probe: () =>
      room.machine.probe().catch((error: Error) => {
        room.problem = error.message;
        throw error;
      }),
    async stop() {
      const quiet = room.background.stop();
      await room.machine.stop();
      await quiet;
    },
  };
}

/** Refuses what the operation would otherwise drop without a word. */
function accepting(parameters: string, operation: Operation): Operation {
  const known = new Set([...parameters.split(' '), 'DryRun', 'Action', 'Version']);
  return (input, caller) => {
    const unknown = Object.keys(input).filter((name) => !known.has(name));
    if (unknown.length === 0) return operation(input, caller);
    throw new AwsError(
      'UnsupportedOperation',
      `The local cloud does not support the parameter ${unknown.join(', ')} here.`,
    );
  };
}

/** Terminated instances are shown for an hour. */
function forget({ cloud, records }: Ec2): void {
  for (const { instanceId, terminatedAt, networkInterfaceId } of Object.values(records.instances)) {
    if (terminatedAt === undefined || terminatedAt > cloud.clock.now() - hourMilliseconds) continue;
    delete records.instances[instanceId];
    for (const id of [instanceId, networkInterfaceId]) delete records.tags[id];
  }
  records.save();
}
