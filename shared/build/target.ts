// What consumers see of a published image, thing by thing, with the value that each had before.
import type { RegionalAmis } from '../model/channel.ts';

type Place = {
  region: string;
  /** The account whose it is; the stack's own where absent. */
  account?: string;
  /** True once it was tried: from then on it may hold our value. */
  tried?: boolean;
};

/** Launch permissions of one AMI, as sorted texts (`UserId=123456789012`). `id`: the AMI. */
export type LaunchPermissionTarget = Place & {
  kind: 'launchPermission';
  id: string;
  before: string[];
  after: string[];
};

/**
 * A version of a launch template, and perhaps its default. `id`: the template; `before`: its default version, and the AMIs of
 * that and of the newest one, which it leads to again where the build is not published.
 */
export type LaunchTemplateTarget = Place & {
  kind: 'launchTemplate';
  id: string;
  before: { defaultVersion: number; imageIds?: string[] };
  after: { imageId: string; setDefaultVersion: boolean };
};

/** An SSM parameter. `id`: its name; `before`: its value, absent where there is no such parameter. */
export type SsmParameterTarget = Place & {
  kind: 'ssmParameter';
  id: string;
  before: { value?: string };
  after: { value: string; dataType: 'text' | 'aws:ec2:image' };
};

/** A channel in all its regions. `id`: `<image name>/<channel>`; `before`: its image, absent where it has none. */
export type ChannelTarget = Place & {
  kind: 'channel';
  id: string;
  before: { image?: string };
  after: { image: string; amis: RegionalAmis };
};

export type Target = LaunchPermissionTarget | LaunchTemplateTarget | SsmParameterTarget | ChannelTarget;
export type TargetKind = Target['kind'];
export type TargetOf<Kind extends TargetKind> = Extract<Target, { kind: Kind }>;

export type Publication = {
  status: 'PUBLISHING' | 'PUBLISHED';
  /** ISO time at which it was first begun: periods and deadlines count from here. */
  began?: string;
  targets: Target[];
  /** Invocations that may still set targets: epoch milliseconds after which each can no longer act, under the same as text. */
  acting?: Record<string, number>;
};

/**
 * The order in which kinds are set, one after the other, the targets of a kind at the same time: who may use the AMI before
 * what names it, and what AWS takes at once before what it checks behind its answer.
 */
export const order: TargetKind[] = ['launchPermission', 'launchTemplate', 'ssmParameter', 'channel'];

/** Positions of the targets, kind by kind in that order. */
export const stages = (targets: Target[]): number[][] =>
  order
    .map((kind) => [...targets.keys()].filter((index) => targets[index]!.kind === kind))
    .filter((stage) => stage.length > 0);

/** Epoch milliseconds until which a function may still set targets; 0 where none can. */
export const actingUntil = ({ acting = {} }: Publication) => Math.max(0, ...Object.values(acting));

/** How a target is called in messages. */
export const targetName = ({ kind, id, region, account }: Target) =>
  `${nouns[kind]} ${id} in ${region}${account ? ` of account ${account}` : ''}`;

const nouns: Record<TargetKind, string> = {
  launchPermission: 'the launch permissions of',
  launchTemplate: 'launch template',
  ssmParameter: 'SSM parameter',
  channel: 'the channel',
};
