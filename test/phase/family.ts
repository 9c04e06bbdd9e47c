// Images of one name that are available in some regions, for tests of channels.
import type { Table } from '../../shared/aws/table.ts';
import { channelParameter } from '../../shared/model/channel.ts';
import { endRevocations } from '../../shared/phase/carry-out-revocation.ts';
import { promoteImage } from '../../shared/phase/promote-image.ts';
import { revokeImage } from '../../shared/phase/revoke-image.ts';
import { settleChannels } from '../../shared/phase/settle-channels.ts';
import { registry } from '../../shared/store/registry.ts';
import { home, newWorld } from './world.ts';

export const threeRegions = ['us-east-1', 'eu-west-1', 'ap-south-1'];

export type Family = Awaited<ReturnType<typeof newFamily>>;

/** A world with images of a name of its own, one for each list of regions. */
export async function newFamily(table: Table, name: string, regionsOfEach: string[][]) {
  const world = await newWorld(table);
  const gateways = { ...world.gateways, ...registry(table) };
  const images: string[] = [];
  for (const [index, regions] of regionsOfEach.entries()) {
    const arn = `arn:aws:imagebuilder:us-east-1:123456789012:image/${name}/1.0.0/${index + 1}`;
    const amis = [];
    for (const region of regions) {
      const image = await world.ec2.amisOf(region).create({ Name: `${name} ${index}` } as never);
      Object.assign(world.ec2.ami(image), { state: 'available' });
      amis.push({ region, image, name: `${name} ${index}`, accountId: home.accountId });
    }
    await gateways.ledgers.open(arn, { stackId: 'the-stack', dateCreated: new Date(world.clock.now()).toISOString() });
    const record = { ...(await world.read()), pk: arn, arn, name, version: `1.0.0/${index + 1}` };
    record.dateCreated = new Date(world.clock.now() + index).toISOString();
    await gateways.images.create({ ...record, state: { status: 'AVAILABLE' }, outputResources: { amis } });
    images.push(arn);
  }
  const lambda = () => ({ until: world.clock.now() + 60_000 });
  const all = [...new Set(regionsOfEach.flat())];
  return {
    world,
    gateways,
    images,
    name,
    lambda,
    promote: (
      image: string,
      options: { dropRegions?: boolean; channel?: string; by?: string } = {},
      using = gateways,
    ) => promoteImage(using, { image, channel: 'prod', dropRegions: false, ...options }, lambda()),
    revoke: (image: string, withdraw = false, using = gateways) =>
      revokeImage(using, { image, reason: 'CVE-2026-1', withdraw }, lambda()),
    endRevocations: async () => {
      const problems: string[] = [];
      await endRevocations(gateways, lambda(), (text) => problems.push(text));
      return problems;
    },
    settle: async () => {
      const problems: string[] = [];
      await settleChannels(gateways, lambda(), (text) => problems.push(text));
      return problems;
    },
    channel: async (channel = 'prod') => (await gateways.channels.read(name, channel)).state,
    /** What the parameter holds, in each region of the family. */
    shown: (channel = 'prod') => world.parameters.values(channelParameter(name, channel), all),
    /** The AMIs of an image, in the same order. */
    amisOf: async (arn: string | undefined) => {
      const amis = arn === undefined ? [] : (await gateways.images.read(arn)).outputResources.amis;
      return all.map((region) => amis.find((ami) => ami.region === region)?.image);
    },
  };
}
