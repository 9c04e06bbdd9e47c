// Whether an AMI can be shared, and copied into other accounts, as its pipeline asks, known before anything is launched: EC2 shares no AMI whose volumes are
// encrypted with its own key, aws/ebs, and makes no encrypted AMI public (EC2 user guide, sharing AMIs).
import type { Pipeline } from '../model/pipeline-schema.ts';
import type { EbsDevice } from './devices.ts';
import type { LaunchPermission } from './plan.ts';

/** What an account says of new volumes in one region; `key` is absent where they are not encrypted. */
export type EbsDefaults = { encrypted: boolean; key?: string };

export type Destination = {
  region: string;
  /** Another account, which gets a copy of its own. */
  accountId?: string | undefined;
  kmsKeyId?: string | undefined;
  launchPermission?: LaunchPermission | undefined;
};

/** What decides about the AMI in the home region. */
export type Source = {
  homeRegion: string;
  blockDeviceMappings: Pipeline['imageRecipe']['blockDeviceMappings'];
  parentDevices: Pick<EbsDevice, 'deviceName' | 'encrypted'>[];
};

export const isShared = ({ launchPermission, accountId }: Pick<Destination, 'launchPermission' | 'accountId'>) =>
  accountId !== undefined ||
  (launchPermission !== undefined && Object.values(launchPermission).some((list) => list.length > 0));

const isCustomerKey = (key: string | undefined) => key !== undefined && !/(?:^|:)alias\/aws\/ebs$/.test(key);

/** Devices of the AMI that are encrypted, by name, with the key where one is known. */
export function encryptedDevices({ blockDeviceMappings, parentDevices }: Source, defaults: EbsDefaults) {
  const byDefault = defaults.encrypted ? { key: defaults.key } : undefined;
  const devices = new Map<string, { key: string | undefined } | undefined>(
    parentDevices.map(({ deviceName, encrypted }) => [deviceName, encrypted ? { key: undefined } : byDefault]),
  );
  if (parentDevices.length === 0) devices.set('the root volume', byDefault);
  for (const { deviceName, ebs, noDevice } of blockDeviceMappings) {
    if (noDevice !== undefined) devices.delete(deviceName);
    else if (ebs?.encrypted) devices.set(deviceName, { key: ebs.kmsKeyId });
    else if (ebs && !devices.has(deviceName)) devices.set(deviceName, byDefault);
  }
  return [...devices].flatMap(([name, encryption]) => (encryption ? [{ name, ...encryption }] : []));
}

/** Why one destination cannot be shared, and what to change; undefined where it can. `defaultsOf` answers for the home region and the destination's. */
export function sharingProblem(
  to: Destination,
  source: Source,
  defaultsOf: (region: string) => EbsDefaults,
): string | undefined {
  if (!isShared(to)) return undefined;
  const { homeRegion } = source;
  const devices = encryptedDevices(source, defaultsOf(homeRegion));
  if (to.accountId) {
    const device = devices.find(({ key }) => !isCustomerKey(key));
    if (!device) return undefined;
    return `The image cannot be copied into account ${to.accountId}: ${device.name} is encrypted, and EC2 lets no other account read what is under its own key, aws/ebs. Name a key of your own for it in blockDeviceMappings[].ebs of the recipe (encrypted: true, kmsKeyId), one that account ${to.accountId} may use.`;
  }
  const atHome = to.region === homeRegion;
  const defaults = defaultsOf(to.region);
  const encrypted = devices.length > 0 || (!atHome && (to.kmsKeyId !== undefined || defaults.encrypted));
  if (!encrypted) return undefined;
  if (to.launchPermission?.userGroups.includes('all'))
    return `The image cannot be public in ${to.region}: EC2 makes no AMI with encrypted volumes public. Share it with userIds, organizationArns or organizationalUnitArns, or leave its volumes unencrypted.`;
  if (atHome) {
    const device = devices.find(({ key }) => !isCustomerKey(key));
    if (!device) return undefined;
    return `The image cannot be shared from ${to.region}: ${device.name} is encrypted, and EC2 does not share AMIs under its own key, aws/ebs. Name a key of your own for it in blockDeviceMappings[].ebs of the recipe (encrypted: true, kmsKeyId), one that the others may use.`;
  }
  const key = to.kmsKeyId ?? (devices.length > 0 ? undefined : defaults.key);
  if (isCustomerKey(key)) return undefined;
  return `The image cannot be shared from ${to.region}: its copy is encrypted, and EC2 does not share AMIs under its own key, aws/ebs. Name a key of your own of ${to.region} in the distribution (kmsKeyId), one that the others may use.`;
}
