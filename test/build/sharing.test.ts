import { describe, expect, it } from 'vitest';
import { type EbsDefaults, isShared, sharingProblem } from '../../shared/build/sharing.ts';

const key = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const home = 'us-east-1';
const none: EbsDefaults = { encrypted: false };
const others = { userIds: ['111111111111'], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
const everybody = { ...others, userIds: [], userGroups: ['all' as const] };
const nobody = { ...others, userIds: [] };
const ebs = (device: object) => [{ deviceName: '/dev/xvda', ebs: device }];

type Case = {
  region?: string;
  launchPermission?: typeof others | typeof everybody;
  kmsKeyId?: string;
  devices?: { deviceName: string; ebs?: object; noDevice?: '' }[];
  parent?: { deviceName: string; encrypted: boolean; kmsKeyId?: string }[];
  accountId?: string;
  source?: { imageId: string; region: string; copied: boolean };
  defaults?: Record<string, EbsDefaults>;
};

const other = '222222222222';
const there = { source: { imageId: 'ami-1', region: home, copied: true } };
const kept = { source: { imageId: 'ami-1', region: home, copied: false } };
const underKey = { parent: [{ deviceName: '/dev/xvda', encrypted: true, kmsKeyId: key }] };
const underEbs = { parent: [{ deviceName: '/dev/xvda', encrypted: true }] };
const byDefault = { [home]: { encrypted: true, key: 'alias/aws/ebs' } };

const problem = ({ region = home, launchPermission = others, devices = [], parent, defaults = {}, ...more }: Case) =>
  sharingProblem(
    { region, launchPermission, kmsKeyId: more.kmsKeyId, accountId: more.accountId },
    {
      ...(more.source && { source: more.source }),
      homeRegion: home,
      blockDeviceMappings: devices,
      parentDevices: parent ?? [{ deviceName: '/dev/xvda', encrypted: false }],
    },
    (one) => defaults[one] ?? none,
  );

const sound: [string, Case][] = [
  ['nothing is encrypted', {}],
  ['nobody else gets it', { launchPermission: nobody, devices: ebs({ encrypted: true }) }],
  ['the recipe names a key', { devices: ebs({ encrypted: true, kmsKeyId: key }) }],
  [
    'the recipe names the key of an encrypted parent',
    { devices: ebs({ encrypted: true, kmsKeyId: key }), parent: [{ deviceName: '/dev/xvda', encrypted: true }] },
  ],
  [
    'the encrypted device of the parent is left out',
    {
      devices: [{ deviceName: '/dev/sdb', noDevice: '' }],
      parent: [
        { deviceName: '/dev/xvda', encrypted: false },
        { deviceName: '/dev/sdb', encrypted: true },
      ],
    },
  ],
  ['the account encrypts with a key of its own', { defaults: { [home]: { encrypted: true, key } } }],
  [
    'the account encrypts, and the recipe names a key for the only volume',
    {
      devices: ebs({ encrypted: true, kmsKeyId: key }),
      defaults: { [home]: { encrypted: true, key: 'alias/aws/ebs' } },
    },
  ],
  [
    'the copy has a key',
    { region: 'eu-west-1', kmsKeyId: 'alias/images', devices: ebs({ encrypted: true, kmsKeyId: key }) },
  ],
  [
    'the region of the copy encrypts with a key of its own',
    { region: 'eu-west-1', defaults: { 'eu-west-1': { encrypted: true, key } } },
  ],
  ['another region encrypts', { defaults: { 'eu-west-1': { encrypted: true, key: 'alias/aws/ebs' } } }],
  ['everybody gets what is not encrypted', { launchPermission: everybody }],
  ['the home region has a key, whatever was made', { kmsKeyId: key, devices: ebs({ encrypted: true }) }],
  [
    'the parent is under a key of the account',
    { parent: [{ deviceName: '/dev/xvda', encrypted: true, kmsKeyId: key }] },
  ],
  [
    'the recipe encrypts what is under a key already',
    { devices: ebs({ encrypted: true }), parent: [{ deviceName: '/dev/xvda', encrypted: true, kmsKeyId: key }] },
  ],
  ['another account is to copy it, and its key is known', { accountId: other, ...underKey }],
  ['what there is stays in its region under its key', { ...there, ...underKey }],
  ['what there is comes under a key of its own', { ...there, kmsKeyId: key, ...underEbs }],
  ['what there is was not encrypted, though new volumes are', { accountId: other, ...there, defaults: byDefault }],
  ['the kept AMI is under a key', { ...kept, ...underKey, devices: ebs({ encrypted: true }) }],
];

const recipe =
  /^The image cannot be shared from us-east-1: (.+) is encrypted, .+ blockDeviceMappings\[\]\.ebs of the recipe/;
const copy = /^The image cannot be shared from eu-west-1: its copy is encrypted, .+ in the distribution \(kmsKeyId\)/;
const ownCopy =
  /^The image cannot be shared from us-east-1: its copy is encrypted, .+ in the distribution \(kmsKeyId\)/;
const intoAccount =
  /^The image cannot be copied into account 222222222222: .+ is encrypted, .+ blockDeviceMappings\[\]\.ebs of the recipe/;
const again =
  /^The image cannot be copied into account 222222222222: .+ aws\/ebs\. Distribute it to us-east-1 first, .+ kmsKeyId of your own/;
const open = /^The image cannot be public in [a-z0-9-]+: EC2 makes no AMI with encrypted volumes public/;

const refused: [string, Case, RegExp][] = [
  ['the recipe encrypts without a key', { devices: ebs({ encrypted: true }) }, recipe],
  ['the recipe names EC2’s own key', { devices: ebs({ encrypted: true, kmsKeyId: 'alias/aws/ebs' }) }, recipe],
  ['the parent is encrypted', { parent: [{ deviceName: '/dev/xvda', encrypted: true }] }, recipe],
  ['the account encrypts with EC2’s key', { defaults: { [home]: { encrypted: true, key: 'alias/aws/ebs' } } }, recipe],
  [
    'the account encrypts the volume that has no key of its own',
    {
      devices: [{ deviceName: '/dev/sdb', ebs: { encrypted: true, kmsKeyId: key } }],
      defaults: { [home]: { encrypted: true, key: 'alias/aws/ebs' } },
    },
    recipe,
  ],
  [
    'the copy of an encrypted image has no key',
    { region: 'eu-west-1', devices: ebs({ encrypted: true, kmsKeyId: key }) },
    copy,
  ],
  [
    'the region of the copy encrypts with EC2’s key',
    { region: 'eu-west-1', defaults: { 'eu-west-1': { encrypted: true, key: 'alias/aws/ebs' } } },
    copy,
  ],
  [
    'everybody would get what is encrypted',
    { launchPermission: everybody, devices: ebs({ encrypted: true, kmsKeyId: key }) },
    open,
  ],
  [
    'the recipe makes a volume of another snapshot than the parent’s',
    { devices: ebs({ snapshotId: 'snap-00000000' }), ...underKey },
    recipe,
  ],
  ['the home region names EC2’s own key', { kmsKeyId: 'alias/aws/ebs' }, ownCopy],
  ['everybody would get what the home region encrypts', { launchPermission: everybody, kmsKeyId: key }, open],
  ['another account is to copy what the account encrypts', { accountId: other, defaults: byDefault }, intoAccount],
  ['a key of the home region is for its copy alone', { accountId: other, kmsKeyId: key, ...underEbs }, intoAccount],
  ['another account is to copy what there is under EC2’s key', { accountId: other, ...there, ...underEbs }, again],
  ['what there is stays in its region under EC2’s key', { ...there, ...underEbs }, ownCopy],
  ['what there is comes into a region that encrypts', { ...there, defaults: byDefault }, ownCopy],
  [
    'the kept AMI is under EC2’s key, whatever the recipe says by now',
    { ...kept, ...underEbs, devices: ebs({ encrypted: true, kmsKeyId: key }) },
    recipe,
  ],
  [
    'everybody would get an encrypted copy',
    { launchPermission: everybody, region: 'eu-west-1', kmsKeyId: 'alias/images' },
    open,
  ],
];

describe('sharing', () => {
  it.each(sound)('is possible where %s', (_, asked) => {
    expect(problem(asked)).toBeUndefined();
  });
  it.each(refused)('is refused where %s', (_, asked, message) => {
    expect(problem(asked)).toMatch(message);
  });
  it('is with anybody whom a launch permission names', () => {
    expect([undefined, nobody, others, everybody].map((launchPermission) => isShared({ launchPermission }))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
