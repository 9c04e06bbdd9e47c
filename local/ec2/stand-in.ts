// The public images of Amazon Linux, Debian and Ubuntu: whatever is asked for, this machine's root stands in for it, and the image says so.
import { fixedId } from './identifier.ts';
import type { ImageRecord } from './records.ts';
import type { Ec2 } from './room.ts';

type Publisher = {
  pattern: RegExp;
  name: (match: RegExpExecArray) => string;
  owner: string;
  alias?: string;
  rootDeviceName: string;
};

const ubuntu = '(?<release>\\d\\d\\.\\d\\d|[a-z]+)/(?:stable/current|stable/\\d+(?:\\.\\d+)?)';

/** The owners are the accounts that publish these images. */
const publishers: Publisher[] = [
  {
    pattern:
      /^\/aws\/service\/ami-amazon-linux-latest\/al(?<release>20\d\d)-ami-(?:minimal-)?kernel-[a-z\d.]+-(?<architecture>x86_64|arm64)$/,
    name: (match) => `Amazon Linux ${match.groups?.release}`,
    owner: '137112412989',
    alias: 'amazon',
    rootDeviceName: '/dev/xvda',
  },
  {
    pattern:
      /^\/aws\/service\/ami-amazon-linux-latest\/amzn2-ami-(?:minimal-)?(?:kernel-[\d.]+-)?hvm-(?<architecture>x86_64|arm64)-(?:gp2|ebs)$/,
    name: () => 'Amazon Linux 2',
    owner: '137112412989',
    alias: 'amazon',
    rootDeviceName: '/dev/xvda',
  },
  {
    pattern: /^\/aws\/service\/debian\/release\/(?<release>\d+)\/(?:latest|[\d-]+)\/(?<architecture>amd64|arm64)$/,
    name: (match) => `Debian ${match.groups?.release}`,
    owner: '136693071363',
    rootDeviceName: '/dev/xvda',
  },
  {
    pattern: new RegExp(
      `^/aws/service/canonical/ubuntu/server/${ubuntu}/(?<architecture>amd64|arm64)/hvm/ebs-(?:gp2|gp3|ssd)/ami-id$`,
    ),
    name: (match) => `Ubuntu Server ${match.groups?.release}`,
    owner: '099720109477',
    rootDeviceName: '/dev/sda1',
  },
];

/**
 * The id of the image that stands in for a public AMI parameter in a region; undefined for a name that is none.
 * The image's description names what stands in for what. The same machine gives the same id until its packages change.
 */
export function standInFor(ec2: Ec2, region: string, parameter: string): string | undefined {
  for (const publisher of publishers) {
    const match = publisher.pattern.exec(parameter);
    if (!match) continue;
    const architecture = match.groups?.architecture === 'arm64' ? 'arm64' : 'x86_64';
    const what = `${publisher.name(match)} ${architecture}`;
    return standIn(ec2, region, {
      publisher,
      architecture,
      what,
      asked: parameter,
      name: `local stand-in for ${what}`,
    });
  }
  return undefined;
}

/**
 * Sees to it that an AMI stands in for those of a publisher with a name like this: the wildcards of the pattern are
 * filled in, and the architecture is what the name says where `architecture` does not.
 */
export function standInNamed(ec2: Ec2, region: string, owner: string, pattern: string, architecture?: string): void {
  const publisher = publishers.find((one) => one.owner === owner || one.alias === owner);
  if (!publisher || pattern.includes('\\')) return;
  const told = /arm64|aarch64/.test(pattern) ? 'arm64' : /amd64|x86_64/.test(pattern) ? 'x86_64' : undefined;
  const chosen = architecture ?? told ?? ec2.machine.base.architecture;
  if (chosen !== 'arm64' && chosen !== 'x86_64') return;
  const name = pattern.replaceAll('*', 'local-stand-in').replaceAll('?', '0');
  standIn(ec2, region, {
    publisher,
    architecture: chosen,
    what: 'the newest of its name',
    asked: `${pattern} of owner ${owner}, ${chosen}`,
    name,
  });
}

type StandIn = { publisher: Publisher; architecture: 'arm64' | 'x86_64'; what: string; asked: string; name: string };

function standIn(ec2: Ec2, region: string, { publisher, architecture, what, asked, name }: StandIn): string {
  const { base } = ec2.machine;
  const imageId = fixedId('ami', region, asked, base.fingerprint);
  if (ec2.records.images[imageId]) return imageId;
  const foreign = architecture === base.architecture ? '' : ` (whose programs are ${base.architecture})`;
  const image: ImageRecord = {
    accountId: publisher.owner,
    region,
    imageId,
    name,
    description: `${base.name}, the root of this machine${foreign}, stands in for ${what} (${asked})`,
    state: 'available',
    creationDate: new Date(ec2.cloud.clock.now()).toISOString(),
    architecture,
    rootDeviceName: publisher.rootDeviceName,
    blockDevices: [
      {
        deviceName: publisher.rootDeviceName,
        snapshotId: fixedId('snap', imageId),
        volumeSize: 8,
        volumeType: 'gp3',
        deleteOnTermination: true,
        encrypted: false,
      },
    ],
    launchPermissions: [{ group: 'all' }],
    ...(publisher.alias && { ownerAlias: publisher.alias }),
    base: { name: base.name, fingerprint: base.fingerprint },
  };
  ec2.records.images[imageId] = image;
  ec2.records.save();
  return imageId;
}
