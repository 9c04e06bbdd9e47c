// What EC2 remembers, of all accounts and regions: one JSON file, replaced whole at each change, so that a kill at any moment leaves a good one.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Input } from '../service.ts';
import { readJson, writeJson } from '../state/json-file.ts';

export type Scope = { accountId: string; region: string };

export type StateReason = { code: string; message: string };

export type InstanceState = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export type BlockDevice = {
  deviceName: string;
  volumeId: string;
  volumeSize: number;
  volumeType: string;
  deleteOnTermination: boolean;
  encrypted: boolean;
  kmsKeyId?: string;
};

export type InstanceRecord = Scope & {
  instanceId: string;
  reservationId: string;
  imageId: string;
  instanceType: string;
  architecture: string;
  state: InstanceState;
  stateReason?: StateReason;
  stateTransitionReason: string;
  launchIndex: number;
  launchTime: string;
  terminatedAt?: number;
  clientToken?: string;
  zone: string;
  subnetId: string;
  vpcId: string;
  groups: { groupId: string; groupName: string }[];
  networkInterfaceId: string;
  rootDeviceName: string;
  blockDevices: BlockDevice[];
  instanceProfile?: { arn: string; id: string };
  metadataOptions: { httpTokens: string; httpEndpoint: string; httpPutResponseHopLimit: number };
  shutdownBehavior: 'stop' | 'terminate';
  keyName?: string;
  userData?: string;
};

export type LaunchPermission = {
  userId?: string;
  group?: string;
  organizationArn?: string;
  organizationalUnitArn?: string;
};

export type ImageRecord = Scope & {
  imageId: string;
  name: string;
  description?: string;
  state: 'pending' | 'available' | 'failed' | 'disabled';
  stateReason?: StateReason;
  creationDate: string;
  architecture: string;
  rootDeviceName: string;
  blockDevices: {
    deviceName: string;
    snapshotId: string;
    volumeSize: number;
    volumeType: string;
    deleteOnTermination: boolean;
    encrypted: boolean;
  }[];
  sourceInstanceId?: string;
  sourceImageId?: string;
  sourceImageRegion?: string;
  launchPermissions: LaunchPermission[];
  deprecationTime?: string;
  /** Its newest launch, and the newest that is told by now. */
  launched?: { last: string; told?: string };
  /** Set on the public images that this machine's root stands in for. */
  ownerAlias?: string;
  /** What the image's disk lies upon. */
  base: { name: string; fingerprint: string };
  copyToken?: { token: string; request: string };
  /** Of a copy that will fail: what EBS says of the key that it may not use. */
  keyProblem?: string;
  /** Protection from deregistration; `disabledAt`: when it was switched off. */
  protection?: { enabled: boolean; cooldown: boolean; disabledAt?: number };
};

export type LaunchTemplateVersionRecord = {
  number: number;
  description?: string;
  created: string;
  createdBy: string;
  /** The launch parameters, as RunInstances takes them. */
  data: Input;
};

export type LaunchTemplateRecord = Scope & {
  id: string;
  name: string;
  created: string;
  createdBy: string;
  defaultVersion: number;
  /** The highest number that was ever given. */
  latestVersion: number;
  versions: LaunchTemplateVersionRecord[];
  request: string;
  token?: string;
  /** Versions that were made with a client token, deleted ones too. */
  tokens?: Record<string, { request: string; version: LaunchTemplateVersionRecord }>;
};

export type ExportTaskRecord = Scope & {
  id: string;
  imageId: string;
  format: string;
  bucket: string;
  prefix: string;
  roleName: string;
  description?: string;
  status: 'active' | 'completed' | 'deleted';
  message?: string;
  request: string;
  token?: string;
};

export type SnapshotRecord = Scope & {
  snapshotId: string;
  state: 'pending' | 'completed' | 'error';
  volumeId: string;
  volumeSize: number;
  description: string;
  startTime: string;
  encrypted: boolean;
  /** A customer's key, by ARN; absent for the key of EBS itself. */
  kmsKeyId?: string;
  /** Why it is in error, where EBS says so. */
  message?: string;
  /** Other accounts that may read it. */
  users?: string[];
  /** The captured disk; snapshots are never changed, so copies share it. Extra volumes of a local instance hold nothing. */
  layer?: string;
};

/** A volume that outlives its instance; those of living instances are in their `blockDevices`. */
export type VolumeRecord = Scope &
  Omit<BlockDevice, 'deviceName' | 'deleteOnTermination'> & { zone: string; createTime: string };

export type KeyPairRecord = Scope & {
  keyPairId: string;
  keyName: string;
  keyType: string;
  keyFingerprint: string;
  createTime: string;
};

export type SecurityGroupRecord = Scope & {
  groupId: string;
  groupName: string;
  description: string;
  ingress: { ruleId: string; ipProtocol: string; fromPort?: number; toPort?: number; cidrIpv4: string }[];
};

export type TagRecord = Scope & { resourceId: string; resourceType: string; tags: Record<string, string> };

/** A RunInstances that was answered; outlives its instances, whose token is then refused. */
export type LaunchRecord = Scope & {
  zone: string;
  token: string;
  request: string;
  reservationId: string;
  instanceIds: string[];
  time: number;
};

type Contents = {
  instances: Record<string, InstanceRecord>;
  images: Record<string, ImageRecord>;
  snapshots: Record<string, SnapshotRecord>;
  volumes: Record<string, VolumeRecord>;
  keyPairs: Record<string, KeyPairRecord>;
  securityGroups: Record<string, SecurityGroupRecord>;
  tags: Record<string, TagRecord>;
  launches: LaunchRecord[];
  /** The last ids of images that were deregistered: EC2 tells them from ids that never were. */
  deregistered: string[];
  launchTemplates: Record<string, LaunchTemplateRecord>;
  exportTasks: Record<string, ExportTaskRecord>;
  /** `<account> <region>` of those that let no image become public. */
  publicAccessBlocks: string[];
};

export type Records = Contents & { save(): void };

const nothing = (): Contents => ({
  instances: {},
  images: {},
  snapshots: {},
  volumes: {},
  keyPairs: {},
  securityGroups: {},
  tags: {},
  launches: [],
  deregistered: [],
  launchTemplates: {},
  exportTasks: {},
  publicAccessBlocks: [],
});

/** Records that are written nowhere: of a cloud that is not started again, which has too many to write them all at each change. */
export const unwrittenRecords = (): Records => ({ ...nothing(), save() {} });

export function openRecords(directory: string): Records {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'records.json');
  const contents: Contents = { ...nothing(), ...readJson<Partial<Contents>>(file, {}) };
  return {
    ...contents,
    save() {
      const { save: _, ...all } = this;
      writeJson(file, all);
    },
  };
}
