// Whether an AMI can be shared, and copied into other accounts, as its pipeline asks, known before anything is launched: EC2 shares no AMI whose volumes are
// encrypted with its own key, aws/ebs, and makes no encrypted AMI public (EC2 user guide, sharing AMIs).
import { isMade } from './destinations.ts';
import type { EbsDevice } from './devices.ts';
import type { LaunchPermission, Plan } from './plan.ts';

/** What an account says of new volumes in one region; `key` is absent where they are not encrypted. */
export type EbsDefaults = { encrypted: boolean; key?: string };

export type Destination = {
  region: string;
  /** Another account, which gets a copy of its own. */
  accountId?: string | undefined;
  kmsKeyId?: string | undefined;
  launchPermission?: LaunchPermission | undefined;
};

/** What decides about the AMI in the home region: of one that there is already (`source`) its own devices alone. */
export type Source = Pick<Plan, 'homeRegion' | 'blockDeviceMappings' | 'source'> & {
  parentDevices: Pick<EbsDevice, 'deviceName' | 'encrypted' | 'kmsKeyId'>[];
};

export const isShared = ({ launchPermission, accountId }: Pick<Destination, 'launchPermission' | 'accountId'>) =>
  accountId !== undefined ||
  (launchPermission !== undefined && Object.values(launchPermission).some((list) => list.length > 0));

const isCustomerKey = (key: string | undefined) => key !== undefined && !/(?:^|:)alias\/aws\/ebs$/.test(key);

/**
 * Devices of the AMI that are encrypted, by name, with the key where one is known. A volume stays under the key of the snapshot
 * that it is made of, unless the recipe names another (EC2 user guide, use encryption with EBS-backed AMIs).
 */
export function encryptedDevices({ blockDeviceMappings, parentDevices, source }: Source, defaults: EbsDefaults) {
  const byDefault = defaults.encrypted && !source ? { key: defaults.key } : undefined;
  const devices = new Map<string, { key: string | undefined } | undefined>(
    parentDevices.map(({ deviceName, encrypted, kmsKeyId }) => [deviceName, encrypted ? { key: kmsKeyId } : byDefault]),
  );
  if (parentDevices.length === 0) devices.set('the root volume', byDefault);
  for (const { deviceName, ebs, noDevice } of source ? [] : blockDeviceMappings) {
    const before = devices.get(deviceName);
    const key = ebs?.snapshotId === undefined ? before?.key : undefined;
    if (noDevice !== undefined) devices.delete(deviceName);
    else if (ebs?.encrypted) devices.set(deviceName, { key: ebs.kmsKeyId ?? key });
    else if (ebs && before) devices.set(deviceName, { key });
    else if (ebs && !devices.has(deviceName)) devices.set(deviceName, byDefault);
  }
  return [...devices].flatMap(([name, encryption]) => (encryption ? [{ name, ...encryption }] : []));
}

/** How an AMI that there is comes under a key that others may use. */
export const underOwnKey = (region: string) =>
  `Distribute it to ${region} first, by a pipeline that names a kmsKeyId of your own there and no targetAccountIds, and then the image that comes of it.`;

/** Why one destination cannot be shared, and what to change; undefined where it can. `defaultsOf` answers for the home region and the destination's. */
export function sharingProblem(
  to: Destination,
  from: Source,
  defaultsOf: (region: string) => EbsDefaults,
): string | undefined {
  if (!isShared(to)) return undefined;
  const { homeRegion, source } = from;
  const devices = encryptedDevices(from, defaultsOf(homeRegion));
  const device = devices.find(({ key }) => !isCustomerKey(key));
  if (to.accountId) {
    if (!device) return undefined;
    const advice = source?.copied ? underOwnKey(homeRegion) : `${inTheRecipe} account ${to.accountId} may use.`;
    return `The image cannot be copied into account ${to.accountId}: ${device.name} is encrypted, and EC2 lets no other account read what is under its own key, aws/ebs. ${advice}`;
  }
  const keys = keysOf(to, from, devices, defaultsOf(to.region));
  if (keys.length === 0) return undefined;
  if (to.launchPermission?.userGroups.includes('all'))
    return `The image cannot be public in ${to.region}: EC2 makes no AMI with encrypted volumes public. Share it with userIds, organizationArns or organizationalUnitArns, or leave its volumes unencrypted.`;
  if (keys.every(isCustomerKey)) return undefined;
  const [what, advice] =
    device && isMade(to, homeRegion) && !source?.copied
      ? [device.name, inTheRecipe]
      : ['its copy', `Name a key of your own of ${to.region} in the distribution (kmsKeyId), one that`];
  return `The image cannot be shared from ${to.region}: ${what} is encrypted, and EC2 does not share AMIs under its own key, aws/ebs. ${advice} the others may use.`;
}

/** What others may use is said after it. */
export const inTheRecipe =
  'Name a key of your own for it in blockDeviceMappings[].ebs of the recipe (encrypted: true, kmsKeyId), one that';

/** The keys that the own account's AMI of a destination is under; undefined is EC2's own, and none is no encryption. */
function keysOf(
  to: Destination,
  { homeRegion, source }: Source,
  devices: { key: string | undefined }[],
  defaults: EbsDefaults,
): (string | undefined)[] {
  if (to.kmsKeyId !== undefined) return [to.kmsKeyId];
  // A copy within its region stays under the keys of its source (EC2 user guide, how AMI copy works, encryption).
  if (isMade(to, homeRegion) && (devices.length > 0 || !source?.copied)) return devices.map(({ key }) => key);
  if (devices.length > 0) return [undefined];
  return defaults.encrypted ? [defaults.key] : [];
}
