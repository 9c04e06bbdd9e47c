// The tags on everything a build makes, in the shapes EC2 wants them.
import { entryTag, imageTag, stackTag } from '../model/tags.ts';

export type Tag = { Key: string; Value: string };

export type Owner = { stackId: string; image: string; entry: string };

/** The owner's three tags beside the user's own. */
export function tagList({ stackId, image, entry }: Owner, own: Record<string, string>): Tag[] {
  const all = { ...own, [stackTag]: stackId, [imageTag]: image, [entryTag]: entry };
  return Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
}

/** EC2 filters that find what was made for one ledger entry of one image. Two stacks of an account may have images of the same ARN. */
export function ownerFilters({ stackId, image, entry }: Owner): { Name: string; Values: string[] }[] {
  return [
    { Name: `tag:${stackTag}`, Values: [stackId] },
    { Name: `tag:${imageTag}`, Values: [image] },
    { Name: `tag:${entryTag}`, Values: [entry] },
  ];
}
