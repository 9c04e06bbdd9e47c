// Copies in other accounts: made by what they are shared, published with the others, and gone with them.
import { describe, expect, it } from 'vitest';
import { outputs } from '../../shared/build/ending.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { resumeBuild, type StateEvent } from '../../shared/phase/resume-build.ts';
import { testTable } from '../store/test-table.ts';
import { sweeping } from './sweeping.ts';
import { wholeBuild } from './whole-build.ts';
import { home, newWorld, planOf, start, type World } from './world.ts';

const table = await testTable();

const other = '111111111111';

/** Two regions, in each the own account and another one. */
function everywhere() {
  const [here, there] = planOf('x/1').distributions;
  const plain = ({ launchPermission: _, ...rest }: NonNullable<typeof here>) => rest;
  const distributions = [here!, there!].flatMap((one) => [one, { ...plain(one), accountId: other }]);
  return { distributions, copies: [1, 2, 3] };
}

/** A build whose AMI is available. */
async function made(changes: object = everywhere()) {
  const world = await newWorld(table, changes);
  const id = await world.ec2.amisOf('us-east-1').create({ Name: world.image } as never);
  const source = world.ec2.ami(id);
  source.state = 'available';
  const entry = { kind: 'image' as const, region: 'us-east-1', token: world.image, since: start, until: start, id };
  await world.gateways.ledgers.note(world.image, 'SnapshotAmi#0#0', entry);
  const copy = (index: number) =>
    copyRegion(world.gateways, { image: world.image, token: world.token(), index }, world.lambda());
  const snapshot = world.ec2.snapshots.find(({ id: one }) => source.snapshots.includes(one))!;
  return { world, source, snapshot, copy };
}

const copies = ({ ec2 }: World) => ec2.remaining().slice(1);
const available = (world: World) => {
  for (const ami of copies(world)) ami.state = 'available';
};
const later = ({ clock }: World) => clock.pass(10 * 60_000);

describe('a copy that fails', () => {
  const kmsKeyId = 'alias/images';
  async function failing(said?: string) {
    const { distributions, copies } = everywhere();
    const encrypted = distributions.map((one) => (one.region === 'eu-west-1' ? { ...one, kmsKeyId } : one));
    const ebs = { encrypted: true, deleteOnTermination: true, kmsKeyId: 'alias/source' };
    const blockDeviceMappings = [{ deviceName: '/dev/xvda', ebs }];
    const { world, copy } = await made({ distributions: encrypted, copies, blockDeviceMappings });
    await copy(3);
    const ami = world.ec2.amis.at(-1)!;
    const reason = 'Client.InternalError: Copy image failed with an internal error.';
    Object.assign(ami, { state: 'failed', reason });
    const snapshot = world.ec2.snapshots.find(({ id }) => ami.snapshots.includes(id))!;
    Object.assign(snapshot, { ...(said && { said }) });
    const tell = () => resumeBuild(world.gateways, amiEvent(ami.id, 'failed'));
    return { world, ami, reason, tell };
  }
  const amiEvent = (ImageId: string, State: string): StateEvent => ({
    ...{ 'detail-type': 'EC2 AMI State Change', account: other, region: 'eu-west-1' },
    detail: { ImageId, State },
  });
  const causeOf = ({ completed }: World) => (completed[0]!.outcome as { cause: string }).cause;

  it('of a key says which keys it needs, where, in whose name, and what EBS says', async () => {
    const { world, ami, reason, tell } = await failing('Given key ID is not accessible');
    await tell();
    expect(causeOf(world)).toBe(
      `AMI ${ami.id} in eu-west-1 of account ${other} is failed instead of available: ${reason} EBS says: Given key ID is not accessible. The copy needs the key alias/source of us-east-1, which the AMI is under, and the key alias/images of eu-west-1, which the copy is to be under, in the name of account ${other}. Is each there and enabled? In its policy, let arn:aws:iam::${other}:root have kms:CreateGrant, kms:Decrypt, kms:DescribeKey, kms:GenerateDataKeyWithoutPlaintext and kms:ReEncrypt* (docs/distribution.md, keys and other accounts).`,
    );
  });
  it('of something else says nothing of keys', async () => {
    const { world, tell } = await failing('The snapshot is corrupt.');
    await tell();
    expect(causeOf(world)).toMatch(/EBS says: The snapshot is corrupt\.$/);
  });
  it('is told all the same where its snapshots cannot be looked at', async () => {
    const { world, tell } = await failing();
    world.ec2.refuse = (call) => (call === 'find snapshots' ? 'UnauthorizedOperation' : undefined);
    await tell();
    expect(causeOf(world)).toMatch(/is failed instead of available: .+ The copy needs the key alias\/source/);
  });
});

describe('a copy in another account', () => {
  it('is made there, of a source that is shared with the account first', async () => {
    const { world, source, snapshot, copy } = await made();
    await copy(1);
    expect(world.ec2.amis.at(-1)).toMatchObject({ account: other, region: 'us-east-1' });
    expect([source.permissions, snapshot.users]).toEqual([[other], [other]]);
    const { entries } = await world.ledger();
    expect(entries['CopyRegion#1#0']).toMatchObject({ kind: 'copy', account: other, region: 'us-east-1' });
    expect(entries['ShareSource#1#0']).toMatchObject({ kind: 'sharing', granted: [snapshot.id, source.id] });
    const calls = world.ec2.calls.join();
    expect(calls.indexOf(`share ${source.id}`)).toBeLessThan(calls.indexOf(`copy to us-east-1 of ${other}`));
  });
  it('of an own region shares nothing', async () => {
    const { world, source, copy } = await made();
    await copy(2);
    expect(source.permissions).toEqual([]);
    expect(Object.keys((await world.ledger()).entries)).toEqual(['SnapshotAmi#0#0', 'CopyRegion#2#0']);
  });
  it('notes before it shares, and finds after a lost answer what it had noted', async () => {
    const { world, source, snapshot, copy } = await made();
    world.ec2.lose = (call) => call === `share ${snapshot.id}`;
    await expect(copy(1)).rejects.toMatchObject({ name: 'ThrottledError' });
    world.ec2.lose = () => false;
    await copy(1);
    expect((await world.ledger()).entries['ShareSource#1#0']?.granted).toEqual([snapshot.id, source.id]);
  });
  it('is not noted as a sharing of ours where the owner had shared before', async () => {
    const { world, source, snapshot, copy } = await made();
    Object.assign(source, { permissions: [other] });
    Object.assign(snapshot, { users: [other] });
    await copy(1);
    await cleanup(world.gateways, world.image, false).catch(() => undefined);
    expect((await world.ledger()).entries['ShareSource#1#0']).toBeUndefined();
  });
  it('that the role may not make says so, and nothing is left', async () => {
    const { world, source, snapshot, copy } = await made();
    world.ec2.refuse = (call) => (call === `copy to us-east-1 of ${other}` ? 'AccessDenied' : undefined);
    await expect(copy(1)).rejects.toMatchObject({ name: 'AccessDeniedError' });
    later(world);
    await cleanup(world.gateways, world.image, false);
    expect([source.permissions, snapshot.users, source.state]).toEqual([[], [], 'deregistered']);
    expect(world.ec2.remaining()).toEqual([]);
  });
  it('is woken by an event of that account, and of no other', async () => {
    const { world, copy } = await made();
    await copy(1);
    const ami = world.ec2.amis.at(-1)!;
    const event = (account: string): StateEvent => ({
      ...{ 'detail-type': 'EC2 AMI State Change', account, region: 'us-east-1' },
      detail: { ImageId: ami.id, State: 'available' },
    });
    ami.state = 'available';
    for (const account of [home.accountId, '222222222222'])
      expect(await resumeBuild(world.gateways, event(account))).toBeUndefined();
    expect(world.completed).toEqual([]);
    await resumeBuild(world.gateways, event(other));
    expect(world.completed).toMatchObject([{ outcome: { ok: true } }]);
  });
});

describe('publishing', () => {
  it('takes the sharing back before anything is set, and marks what is in other accounts too', async () => {
    const { world, source, snapshot, copy } = await made();
    for (const index of [1, 2, 3]) await copy(index);
    available(world);
    await publishImage(world.gateways, { image: world.image }, world.lambda());
    expect([source.permissions, snapshot.users]).toEqual([[], []]);
    const ledger = await world.ledger();
    expect(ledger.publication).toMatchObject({
      status: 'PUBLISHED',
      targets: [{ region: 'eu-west-1', after: [`UserId=${other}`] }],
    });
    for (const ami of world.ec2.remaining()) expect(ami.tags).toHaveProperty(['serverless-image-builder:published']);
    expect(outputs(world.plan, ledger, home.accountId).map(({ region, accountId }) => [region, accountId])).toEqual([
      ['us-east-1', home.accountId],
      ['us-east-1', other],
      ['eu-west-1', home.accountId],
      ['eu-west-1', other],
    ]);
  });
  it('leaves a permission that was published, though a late function shared again', async () => {
    const { distributions, copies: positions } = everywhere();
    const launchPermission = { userIds: [other], userGroups: [], organizationArns: [], organizationalUnitArns: [] };
    distributions[0] = { ...distributions[0]!, launchPermission };
    const { world, source, snapshot, copy } = await made({ distributions, copies: positions });
    for (const index of [1, 2, 3]) await copy(index);
    available(world);
    await publishImage(world.gateways, { image: world.image }, world.lambda());
    const again = { ...(await world.ledger()).entries['ShareSource#1#0']! };
    delete again.released;
    await world.gateways.ledgers.note(world.image, 'ShareSource#1#0', again);
    snapshot.users = [other];
    later(world);
    await cleanup(world.gateways, world.image);
    expect([source.permissions, snapshot.users]).toEqual([[other], []]);
  });
});

describe('cleanup', () => {
  it('releases copies in other accounts there, with their snapshots', async () => {
    const { world, copy } = await made();
    for (const index of [1, 2, 3]) await copy(index);
    later(world);
    await cleanup(world.gateways, world.image, true);
    expect(world.ec2.remaining()).toEqual([]);
    expect(world.ec2.snapshots.filter(({ account }) => account)).toEqual([]);
    expect((await world.ledger()).clean).toBeDefined();
  });
  it('names the account of what it cannot release', async () => {
    const { world, copy } = await made();
    await copy(1);
    const { id } = world.ec2.amis.at(-1)!;
    world.ec2.refuse = (call) => (call === `deregister ${id}` ? 'UnauthorizedOperation' : undefined);
    later(world);
    await expect(cleanup(world.gateways, world.image)).rejects.toThrow(`copy ${id} in us-east-1 of account ${other}`);
    expect((await world.read()).leftovers).toMatchObject([{ id, region: 'us-east-1', account: other }]);
  });
  it('never touches what is marked as published there', async () => {
    const { world, copy } = await made();
    await copy(1);
    const ami = world.ec2.amis.at(-1)!;
    ami.tags['serverless-image-builder:published'] = 'true';
    later(world);
    await expect(cleanup(world.gateways, world.image)).rejects.toThrow('is marked as published');
    expect(ami.state).toBe('pending');
  });
});

describe('the sweep', () => {
  it('looks into the accounts that plans have named', async () => {
    const { world, copy } = await made();
    await copy(1);
    const stray = world.ec2.amis.at(-1)!;
    stray.tags['serverless-image-builder:image'] = 'arn:aws:imagebuilder:us-east-1:123456789012:image/stray/1.0.0/1';
    const report = await sweeping(world).run(true);
    expect(report.regions).toContain(`eu-west-1 of account ${other}`);
    expect(report.orphans).toMatchObject([{ id: stray.id, account: other, region: 'us-east-1' }]);
  });
});

describe('a whole build', () => {
  it('publishes in every region of every account', async () => {
    const { status, world } = await wholeBuild(table, {}, everywhere());
    expect(status).toBe('SUCCEEDED');
    const amis = world.ec2.remaining();
    expect(amis.map(({ region, account }) => `${region} ${account ?? ''}`).sort()).toEqual([
      ...['eu-west-1 ', `eu-west-1 ${other}`, 'us-east-1 ', `us-east-1 ${other}`],
    ]);
    expect(amis.filter(({ permissions }) => permissions.length > 0)).toMatchObject([{ region: 'eu-west-1' }]);
  });
  it('of which the copy in one account fails leaves nothing anywhere', async () => {
    const outside = (state: string, { world: { ec2 } }: { world: World }) => {
      const lost = ec2.amis.find(({ account }) => account);
      if (state === 'CopyRegion' && lost) Object.assign(lost, { state: 'failed', reason: 'Client.Fault: no room' });
      return true;
    };
    const { status, world, cause } = await wholeBuild(table, { outside }, everywhere());
    expect(status).toBe('FAILED');
    expect(cause).toContain(`of account ${other} is failed`);
    expect(world.ec2.remaining()).toEqual([]);
    expect(world.ec2.snapshots).toEqual([]);
  });
});
