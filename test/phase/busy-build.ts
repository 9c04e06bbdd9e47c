// A build in the middle of everything, and what is left of it.
import type { Table } from '../../shared/aws/table.ts';
import type { Entry } from '../../shared/build/ledger.ts';
import type { Plan } from '../../shared/build/plan.ts';
import { newWorld, start, type World } from './world.ts';

const minute = 60_000;
export const owned = (image: string, entry: string) => ({
  'serverless-image-builder:stack': 'the-stack',
  'serverless-image-builder:image': image,
  'serverless-image-builder:entry': entry,
});
export const specifications = (tags: Record<string, string>) => ({
  TagSpecifications: ['image', 'snapshot'].map((ResourceType) => ({
    ResourceType,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  })),
});
export const note = (world: World, key: string, entry: Partial<Entry>) =>
  world.gateways.ledgers.note(world.image, key, {
    kind: 'instance',
    region: 'us-east-1',
    token: 'token',
    since: start,
    until: start + minute,
    ...entry,
  });

/** A build in the middle of everything: builder, AMI, copy and a command that runs. */
export async function busyBuild(table: Table, changes: Partial<Plan> = {}) {
  const world = await newWorld(table, changes);
  const { ec2, image } = world;
  const tags = [
    { ResourceType: 'instance', Tags: specifications(owned(image, 'LaunchBuilder#0#0')).TagSpecifications[0]!.Tags },
  ];
  const builder = { ClientToken: `${image}b`, TagSpecifications: tags };
  const { id } = await ec2.instancesOf('us-east-1').run(builder as never);
  await note(world, 'LaunchBuilder#0#0', { id });
  const commandId = await world.gateways.commands.send({ comment: 'hello' } as never);
  await note(world, 'RunComponent#0#0', { kind: 'command', id: commandId, instanceId: id });
  for (const [key, region, kind] of [
    ['SnapshotAmi#0#0', 'us-east-1', 'image'],
    ['CopyRegion#1#0', 'eu-west-1', 'copy'],
  ] as const) {
    const ami = await ec2.amisOf(region).create({ Name: image, ...specifications(owned(image, key)) } as never);
    ec2.ami(ami).state = 'available';
    await note(world, key, { kind, region, id: ami });
  }
  return world;
}
export const left = ({ ec2 }: World) => [...ec2.living(), ...ec2.remaining(), ...ec2.snapshots].map(({ id }) => id);
