// Channels of an image (dev, staging, prod): one image each, behind one SSM parameter per region, and what moved them.
import * as z from 'zod/mini';
import { normalisedName } from './names.ts';

/** Part of a parameter's name: letters, digits and _.- (Parameter Store, requirements for parameter names); lower case, since names of parameters tell case apart. */
export const channelNameSchema = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9_.-]{0,63}$/,
      'expected the name of a channel: 1 to 64 lower-case letters, digits, - _ and . (such as prod)',
    ),
  );

/** `/images/<image name>/<channel>`: what consumers and `ssm:` parents read. */
export const channelParameter = (imageName: string, channel: string) =>
  `/images/${normalisedName(imageName)}/${channel}`;

/** The channel whose parameter has this name, if there is such a channel. */
export function channelOfParameter(parameter: string): { name: string; channel: string } | undefined {
  const [, name, channel] = /^\/images\/([^/]+)\/([^/]+)$/.exec(parameter) ?? [];
  return name !== undefined && channel !== undefined ? { name, channel } : undefined;
}

/** AMI ids by region. */
export type RegionalAmis = Record<string, string>;

/** One change of a channel. Times are ISO 8601; `by` is what the caller said of himself: CloudTrail has the proof. */
export type ChannelMove = {
  at: string;
  action: 'promote' | 'publish' | 'revoke';
  /** The image it went to; absent where none was left. */
  image?: string;
  /** The image it came from; absent where it had none. */
  from?: string;
  by?: string;
  reason?: string;
};

/** The parameter of one region; an absent value stands for no parameter. */
export type ChannelTarget = { region: string; before?: string; after?: string };

/** A change that is not committed: its targets may hold the old or the new value. */
export type PendingMove = {
  move: ChannelMove;
  amis: RegionalAmis;
  targets: ChannelTarget[];
  /** Epoch milliseconds after which whoever makes the change can no longer act. */
  until: number;
  /** The change of a build: the ledger of `move.image` says whether it is committed. */
  build?: boolean;
};

export type Channel = {
  /** The image name, normalised, and the channel. */
  name: string;
  channel: string;
  /** Present where the channel has an image. */
  image?: string;
  amis: RegionalAmis;
  /** Newest first. */
  history: ChannelMove[];
  pending?: PendingMove;
  /** Changes that were not told on the event bus yet, oldest first. */
  unannounced?: ChannelMove[];
};

/** Under this type the index `listed-by-date` lists channels. */
export const channelType = 'channel';
export const channelKey = (name: string, channel: string) => ({ pk: `channel#${normalisedName(name)}`, sk: channel });

const by = z.optional(z.string().check(z.minLength(1), z.maxLength(2048)));

export const promoteInputSchema = z.strictObject({
  /** ARN of an image build version. */
  image: z.string(),
  channel: channelNameSchema,
  /** Takes the channel out of regions that the new image is not in, instead of refusing. */
  dropRegions: z._default(z.boolean(), false),
  by,
});

export type PromoteInput = z.input<typeof promoteInputSchema>;

/** `changed` is false where the channel had this image in all its regions already. */
export type Promoted = { channel: Channel; changed: boolean; dropped: string[] };

/** Characters of a reason: it stands in the record, in events and in messages. */
export const longestRevocationReason = 512;

export const revokeInputSchema = z.strictObject({
  /** ARN of an image build version. */
  image: z.string(),
  reason: z.string().check(z.minLength(1), z.maxLength(longestRevocationReason)),
  /** Withdraws the launch permissions that publishing gave its AMIs. */
  withdraw: z._default(z.boolean(), false),
  by,
});

export type RevokeInput = z.input<typeof revokeInputSchema>;
export type RevokeRequest = z.output<typeof revokeInputSchema>;

/** What an image's record says of its revocation. */
export type Revocation = {
  at: string;
  reason: string;
  by?: string;
  /** ISO time at which all launch permissions that publishing gave had been withdrawn. */
  withdrawn?: string;
  announced?: boolean;
};

/** Launch permissions as texts, `UserId=111111111111`. */
export type Withdrawal = { region: string; ami: string; withdrawn: string[]; left: string[] };

/**
 * A pipeline whose parent is the revoked image, and what its next build does. `may fail`: its parent is a parameter that
 * publishing set to the image, and that may hold another by now.
 */
export type DependentPipeline = { name: string; parentImage: string; effect: 'fails' | 'takes another' | 'may fail' };

/** What publishing set to an AMI of a revoked image, and revoking does not set back. `account`: absent for the stack's own. */
export type StillNaming = {
  kind: 'launchTemplate' | 'ssmParameter';
  id: string;
  region: string;
  account?: string;
  ami: string;
};

export type Revoked = {
  image: string;
  revoked: Revocation;
  /** Channels that were moved back; `image` is absent where none was left to go to. */
  channels: { name: string; channel: string; image?: string }[];
  /** Images made of it, at any distance. */
  descendants: string[];
  pipelines: DependentPipeline[];
  /** Whether they still name it is not looked at. Absent where an earlier version answers. */
  named?: StillNaming[];
  /** Its AMIs in other accounts, which are theirs. Absent where an earlier version answers. */
  elsewhere?: { region: string; account: string; ami: string }[];
  /** Present where it was asked for. */
  withdrawals?: Withdrawal[];
};
