// What a bundle leaves out of a client changes no call: the same requests and the same answers as from the sources.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as sources from './gateways.ts';

type Gateways = typeof sources;

const answers: Record<string, string> = {
  RunInstances: `<instancesSet><item><instanceId>i-1</instanceId><architecture>arm64</architecture>
    <instanceState><code>0</code><name>pending</name></instanceState></item></instancesSet>`,
  DescribeInstances: `<reservationSet><item><reservationId>r-1</reservationId><instancesSet><item><instanceId>i-1</instanceId>
    <instanceState><code>48</code><name>terminated</name></instanceState><stateReason><code>Client.InternalError</code>
    <message>Client error on launch</message></stateReason></item></instancesSet></item></reservationSet>`,
  CreateImage: '<imageId>ami-1</imageId>',
  CopyImage: '<imageId>ami-2</imageId>',
  DescribeImages: `<imagesSet><item><imageId>ami-1</imageId><imageState>available</imageState><imageOwnerId>111122223333</imageOwnerId>
    <isPublic>false</isPublic><name>one</name><description>of a test</description><architecture>x86_64</architecture>
    <rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><creationDate>2026-01-01T00:00:00.000Z</creationDate>
    <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize>
    <volumeType>gp3</volumeType><encrypted>true</encrypted><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>
    <tagSet><item><key>a</key><value>b</value></item></tagSet><stateReason><code>x</code><message>y</message></stateReason>
    </item></imagesSet>`,
  DescribeImageAttribute: `<launchPermission><item><userId>111122223333</userId></item><item><group>all</group></item>
    <item><organizationArn>arn:aws:organizations::111122223333:organization/o-1</organizationArn></item></launchPermission>`,
  ModifyImageAttribute: '<return>true</return>',
  DescribeLaunchTemplates: `<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId><defaultVersionNumber>3</defaultVersionNumber>
    <latestVersionNumber>7</latestVersionNumber><tagSet><item><key>a</key><value>b</value></item></tagSet></item></launchTemplates>`,
  DescribeLaunchTemplateVersions: `<launchTemplateVersionSet><item><versionNumber>7</versionNumber>
    <versionDescription>of a test</versionDescription></item></launchTemplateVersionSet>`,
  CreateLaunchTemplateVersion: '<launchTemplateVersion><versionNumber>8</versionNumber></launchTemplateVersion>',
  DeleteLaunchTemplateVersions: `<unsuccessfullyDeletedLaunchTemplateVersionSet><item><responseError>
    <code>launchTemplateVersionDoesNotExist</code></responseError></item></unsuccessfullyDeletedLaunchTemplateVersionSet>`,
  DescribeSnapshots: `<snapshotSet><item><snapshotId>snap-1</snapshotId><description>of a test</description>
    <statusMessage>Given key ID is not accessible</statusMessage><encrypted>true</encrypted><kmsKeyId>arn:k</kmsKeyId>
    <tagSet><item><key>a</key><value>b</value></item></tagSet></item></snapshotSet>`,
};

const TagSpecifications = [{ ResourceType: 'image' as const, Tags: [{ Key: 'a', Value: 'b' }] }];
const BlockDeviceMappings = [
  {
    DeviceName: '/dev/xvda',
    Ebs: { DeleteOnTermination: true, Encrypted: true, Iops: 3000, KmsKeyId: 'k', SnapshotId: 's' },
  },
  { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 8, VolumeType: 'gp3' as const, Throughput: 125 } },
  { DeviceName: '/dev/sdc', VirtualName: 'ephemeral0' },
  { DeviceName: '/dev/sdd', NoDevice: '' },
];

const permissions = [
  ...[
    { UserId: '111122223333' },
    { Group: 'all' as const },
    { OrganizationArn: 'arn:o' },
    { OrganizationalUnitArn: 'arn:ou' },
  ],
];

const calls: Record<string, (gateways: Gateways) => Promise<unknown>> = {
  RunInstances: ({ instancesOf }) =>
    instancesOf('eu-central-1').run({
      ...{
        ImageId: 'ami-1',
        InstanceType: 'm7g.large',
        MinCount: 1,
        MaxCount: 1,
        ClientToken: 't',
        SubnetId: 'subnet-1',
      },
      ...{ IamInstanceProfile: { Name: 'p' }, InstanceInitiatedShutdownBehavior: 'stop', SecurityGroupIds: ['sg-1'] },
      ...{
        MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
        TagSpecifications,
        BlockDeviceMappings,
      },
    }),
  DescribeInstances: ({ instancesOf }) => instancesOf('eu-central-1').findByToken('t'),
  CreateImage: ({ amisOf }) =>
    amisOf('eu-central-1').create({
      ...{ InstanceId: 'i-1', Name: 'one', Description: 'of a test', NoReboot: false, TagSpecifications },
      ...{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }] },
    }),
  CopyImage: ({ amisOf }) =>
    amisOf('eu-central-1').copy({
      ...{
        SourceImageId: 'ami-1',
        SourceRegion: 'us-east-1',
        Name: 'one',
        Description: 'd',
        ClientToken: 't',
        Encrypted: true,
      },
      ...{ KmsKeyId: 'k', CopyImageTags: false, TagSpecifications, SnapshotCopyCompletionDurationMinutes: 30 },
    }),
  DescribeImages: ({ amisOf }) => amisOf('eu-central-1').findOf('self', [{ Name: 'name', Values: ['one'] }]),
  DescribeImageAttribute: ({ amisOf }) => amisOf('eu-central-1').launchPermissions('ami-1'),
  ModifyImageAttribute: ({ amisOf }) =>
    amisOf('eu-central-1').changeLaunchPermissions('ami-1', { Add: permissions, Remove: [{ UserId: '444455556666' }] }),
  DescribeSnapshots: ({ amisOf }) => amisOf('eu-central-1').snapshotsOf([{ Name: 'tag:a', Values: ['b'] }]),
  DescribeLaunchTemplates: ({ launchTemplatesOf }) => launchTemplatesOf('eu-central-1').find('lt-1'),
  DescribeLaunchTemplateVersions: ({ launchTemplatesOf }) =>
    launchTemplatesOf('eu-central-1').versionsWith('lt-1', 'ami-1'),
  CreateLaunchTemplateVersion: ({ launchTemplatesOf }) =>
    launchTemplatesOf('eu-central-1').createVersion({
      ...{ LaunchTemplateId: 'lt-1', SourceVersion: '3', VersionDescription: 'd', ClientToken: 't' },
      LaunchTemplateData: { ImageId: 'ami-1' },
    }),
  DeleteLaunchTemplateVersions: ({ launchTemplatesOf }) => launchTemplatesOf('eu-central-1').deleteVersion('lt-1', 3),
};

/** Of KMS, a page for each request. */
const keyAnswers: Record<string, object[]> = {
  DescribeKey: [
    {
      KeyMetadata: {
        ...{ Arn: 'arn:1', KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' },
        KeyManager: 'AWS',
      },
    },
  ],
  GetKeyPolicy: [{ Policy: '{}' }],
  ListGrants: [
    { Grants: [{ GranteePrincipal: 'arn:a' }], Truncated: true, NextMarker: 'more' },
    { Grants: [{ GranteePrincipal: 'arn:b' }], Truncated: false },
  ],
};

const keyCalls: Record<string, [(gateways: Gateways) => Promise<unknown>, expected: unknown, requests: object[]]> = {
  DescribeKey: [
    ({ keysOf }) => keysOf('eu-central-1').find('k'),
    { arn: 'arn:1', state: 'Enabled', spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', managed: true },
    [{ KeyId: 'k' }],
  ],
  GetKeyPolicy: [({ keysOf }) => keysOf('eu-central-1').policyOf('arn:1'), '{}', [{ KeyId: 'arn:1' }]],
  ListGrants: [
    ({ keysOf }) => keysOf('eu-central-1').granteesOf('arn:1'),
    ['arn:a', 'arn:b'],
    [
      { KeyId: 'arn:1', Limit: 100 },
      { KeyId: 'arn:1', Limit: 100, Marker: 'more' },
    ],
  ],
};

const directory = mkdtempSync(join(tmpdir(), 'bundled-requests-'));
const bodies: string[] = [];
const lines: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  bodies.push(body);
  lines.push(`${request.method} ${request.url}`);
  const target = String(request.headers['x-amz-target'] ?? '').split('.')[1];
  if (target) {
    const page = 'Marker' in JSON.parse(body) ? 1 : 0;
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(keyAnswers[target]![page]));
    return;
  }
  if (request.method === 'DELETE') return void response.writeHead(204).end();
  if (request.url?.includes('elsewhere'))
    return void response
      .writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' })
      .end('<Error><Code>PermanentRedirect</Code></Error>');
  const action = new URLSearchParams(body).get('Action');
  if (!action) return void response.end('<LocationConstraint>eu-central-1</LocationConstraint>');
  response.setHeader('content-type', 'text/xml').end(`<${action}Response>${answers[action]}</${action}Response>`);
});
let bundled: Gateways;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const { default: plugins } = (await import('../../functions/bundle-plugins.cjs' as string)) as { default: Plugin[] };
  const outfile = join(directory, 'gateways.mjs');
  await build({
    ...{ entryPoints: [join(import.meta.dirname, 'gateways.ts')], outfile, plugins, bundle: true, minify: true },
    ...{ platform: 'node', format: 'esm', target: 'node24', mainFields: ['module', 'main'], logLevel: 'error' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  bundled = (await import(outfile)) as Gateways;
}, 60_000);

afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

test.each(Object.keys(calls))('%s', async (action) => {
  bodies.length = 0;
  const answer = await calls[action]!(sources);
  expect(await calls[action]!(bundled)).toEqual(answer);
  expect(bodies).toHaveLength(2);
  expect(new URLSearchParams(bodies[0]).get('Action')).toBe(action);
  expect(bodies[1]).toBe(bodies[0]);
});

test.each(Object.entries(keyCalls))('%s', async (_, [call, expected, requests]) => {
  for (const gateways of [sources, bundled]) {
    bodies.length = 0;
    expect(await call(gateways)).toEqual(expected);
    expect(bodies.map((body) => JSON.parse(body))).toEqual(requests);
  }
});

const ofS3: Record<string, (gateways: Gateways) => Promise<unknown>> = {
  'GET /exports-of-us/?location=': ({ bucketsFrom }) => bucketsFrom('eu-central-1').regionOf('exports-of-us'),
  'GET /elsewhere/?location=': ({ bucketsFrom }) => bucketsFrom('eu-central-1').regionOf('elsewhere'),
  'DELETE /exports-of-us/a%20b/export-ami-1.vmdk?x-id=DeleteObject': ({ exportsOf }) =>
    exportsOf('eu-central-1').deleteFile({ bucket: 'exports-of-us', prefix: 'a b/', format: 'VMDK' }, 'export-ami-1'),
};

test.each(Object.keys(ofS3))('%s', async (line) => {
  lines.length = 0;
  const answer = await ofS3[line]!(sources);
  expect(await ofS3[line]!(bundled)).toEqual(answer);
  expect(lines).toEqual([line, line]);
});
