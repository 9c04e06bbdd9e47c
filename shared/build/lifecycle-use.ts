// What uses an image as a whole: channels that lead to it, images that are, or are being, made of it, and what would lead to it again.
import { type ImageRecord, isUnderWay, mayOwnResources } from '../model/image-record.ts';

/** A channel, by its name, and the image that it leads to. */
export type ChannelUse = { channel: string; image: string };

/** An AMI that consumers are led to again where the build `by`, an ARN, does not publish what it has begun to. */
export type Former = { ami: string; by: string };

/** The ARNs of an image, and of another one whose build has started from it. */
export type Start = { image: string; by: string };

type Made = Pick<
  ImageRecord,
  'arn' | 'name' | 'version' | 'state' | 'ancestry' | 'distributionOf' | 'retryOf' | 'outputResources'
>;

/** By the ARN of each image that is used, what uses it. An image whose build has failed, or that is deleted, uses nothing. */
export function usesOfImages(
  images: Made[],
  channels: ChannelUse[],
  starts: Start[] = [],
  formers: Former[] = [],
): Map<string, string[]> {
  const uses = new Map<string, string[]>();
  const use = (image: string | undefined, by: string) => {
    if (image !== undefined) uses.set(image, [...new Set([...(uses.get(image) ?? []), by])]);
  };
  const owners = new Map(
    images
      .filter(({ state }) => state.status !== 'DELETED')
      .flatMap(({ arn, outputResources }) => outputResources.amis.map(({ image }) => [image, arn] as const)),
  );
  for (const { channel, image } of channels) use(image, `channel ${channel}`);
  for (const one of images) {
    const { arn, name, version, state, ancestry, distributionOf, retryOf } = one;
    if (!mayOwnResources(state.status)) continue;
    const live = isUnderWay(state.status);
    const parents = new Set([ancestry?.parentImage.arn, owners.get(ancestry?.parentImage.id ?? '')]);
    for (const parent of parents)
      if (parent !== arn) use(parent, `image ${name}/${version}, which is${live ? ' being' : ''} made of it`);
    if (!live) continue;
    for (const source of new Set([distributionOf?.from, owners.get(distributionOf?.image ?? ''), retryOf]))
      if (source !== arn) use(source, `image ${name}/${version}, which is being distributed from it`);
  }
  for (const { ami, by } of formers)
    use(owners.get(ami), `image ${by.replace(/^.*:image\//, '')}, which is being published in its place`);
  // What an image is made of stands in its record only after its build has started from it.
  for (const { image, by } of starts) {
    const made = images.find(({ arn }) => arn === by);
    if (made && isUnderWay(made.state.status))
      use(image, `image ${made.name}/${made.version}, which is being made of it`);
  }
  // One AMI may be the output of two images: who still has it keeps it.
  for (const { arn, name, version, state, outputResources } of images) {
    if (!mayOwnResources(state.status)) continue;
    for (const { image } of outputResources.amis) {
      const owner = owners.get(image);
      if (owner !== undefined && owner !== arn)
        for (const [other, by] of [
          [owner, `${name}/${version}`],
          [arn, owner.replace(/^.*:image\//, '')],
        ] as const)
          use(other, `image ${by}, which has the same AMI ${image}`);
    }
  }
  return uses;
}
