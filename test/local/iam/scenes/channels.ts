// Channels that are promoted, left, revoked, and settled by the sweep; changes that somebody began long ago and never ended.
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { imageArn, longAgo } from '../builds.ts';
import type { Stage } from '../stage.ts';

export async function channels(stage: Stage): Promise<void> {
  const { done, undisturbed } = stage;
  const [first, second] = [imageArn('good'), imageArn('good', 2)];
  for (const channel of ['dev', 'one']) {
    if (channel === 'dev') await done('promote-image', { image: first, channel });
    await done('promote-image', { image: second, channel, dropRegions: true });
  }
  // Those that overtake look for images in the home region.
  undisturbed();
  for (const image of [second, first])
    await done('revoke-image', { image, reason: 'told by the test', withdraw: true });
  const [before, after] = await amisOf(stage, first);
  await name(stage, 'broken', after!);
  await brokenOff(stage, 'broken', first, { before: before!, after: after! });
  await brokenOff(stage, 'first', first, { after: after! });
  await name(stage, 'first', after!);
  await brokenOff(stage, 'elsewhere', first, { after: after! }, 'eu-west-1');
  await brokenOffRevocation(stage, first);
  await done('sweep', { dryRun: false });
}

/** Has the parameter of a channel name an AMI, which Parameter Store looks at before. */
async function name({ ssm, until }: Stage, channel: string, Value: string): Promise<void> {
  const Name = `/images/good/${channel}`;
  await ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', DataType: 'aws:ec2:image' }));
  const named = () => ssm.send(new GetParameterCommand({ Name })).catch(() => undefined);
  await until(async () => (await named())?.Parameter?.Value === Value);
}

/** Two AMIs of the home region, of which the image has the first. */
async function amisOf({ ec2 }: Stage, image: string): Promise<string[]> {
  const Filters = [{ Name: 'state', Values: ['available'] }];
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Owners: ['self'], Filters }));
  const own = Images.filter(({ Tags = [] }) => Tags.some(({ Value }) => Value === image));
  return [...own, ...Images.filter((one) => !own.includes(one))].map(({ ImageId }) => ImageId!);
}

const text = (S: string) => ({ S });

/** A revocation whose function died long ago. */
const brokenOffRevocation = ({ update }: Stage, image: string): Promise<void> =>
  update(
    `revocation#${image}`,
    'revocation',
    'SET #type = :type, dateCreated = :date, image = :image, reason = :reason, withdraw = :yes, id = :id, #until = :until',
    {
      names: { '#type': 'type', '#until': 'until' },
      values: {
        ...{ ':type': text('revocation'), ':date': text(longAgo), ':image': text(image) },
        ...{ ':reason': text('told by the test'), ':yes': { BOOL: true }, ':id': text('one'), ':until': { N: '0' } },
      },
    },
  );

/** A change of a channel whose function died long ago. */
function brokenOff(
  { update }: Stage,
  channel: string,
  image: string,
  target: { before?: string; after: string },
  region = 'us-east-1',
): Promise<void> {
  const values = Object.fromEntries(Object.entries(target).map(([key, value]) => [key, text(value)]));
  const move = { M: { action: text('promote'), image: text(image), at: text(longAgo) } };
  const targets = { L: [{ M: { region: text(region), ...values } }] };
  const pending = { M: { move, targets, amis: { M: {} }, until: { N: '0' } } };
  const state = { name: text('good'), channel: text(channel), amis: { M: {} }, history: { L: [] }, pending };
  return update('channel#good', channel, 'SET #state = :state, version = :one, #type = :type, dateCreated = :date', {
    names: { '#state': 'state', '#type': 'type' },
    values: {
      ...{ ':state': { M: state }, ':one': { N: '1' } },
      ...{ ':type': text('channel'), ':date': text(longAgo) },
    },
  });
}
