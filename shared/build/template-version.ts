// What the version of a launch template that publishing made says of itself: it is found again by this and by its AMI.

/** Longest description of a version (EC2 API model, VersionDescription). */
const longest = 255;

const said = 'Published by ';

/** The description of the version that publishing this image makes. */
export const versionDescription = (image: string) => `${said}${image}`.slice(0, longest);

/** The image whose publication made a version that says this of itself; undefined for a version of somebody else. */
export const publisherOf = (description: string) =>
  description.startsWith(`${said}arn:`) ? description.slice(said.length) : undefined;
