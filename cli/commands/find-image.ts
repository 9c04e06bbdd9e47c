// The image a user means: an ARN, `name/1.0.0/3`, `name/1.0.0` or just a name (the newest that fits).
import { parseArn } from '../../shared/model/arns.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { normalisedName } from '../../shared/model/names.ts';
import type { Stack } from '../aws/stack.ts';
import { CommandError } from '../command-error.ts';
import { printable } from '../terminal-text.ts';

export async function findImage(
  stack: Pick<Stack, 'readImage' | 'newestImages'>,
  reference: string,
): Promise<ImageRecord> {
  const arn = parseArn(reference);
  if (arn) {
    if (arn.type !== 'image' || arn.build === undefined) {
      throw new CommandError(
        `${printable(reference)} is not the ARN of an image build version (…:image/<name>/<version>/<build>).`,
        { exitCode: 2 },
      );
    }
    const image = await stack.readImage(reference);
    if (image) return image;
  } else {
    const [name = '', ...version] = reference.split('/');
    const wanted = version.join('/');
    for await (const image of stack.newestImages()) {
      const fits = wanted === '' || image.version === wanted || image.version.startsWith(`${wanted}/`);
      if (fits && normalisedName(image.name) === normalisedName(name))
        return (await stack.readImage(image.arn)) ?? missing(reference);
    }
  }
  return missing(reference);
}

function missing(reference: string): never {
  throw new CommandError(
    `There is no image ${printable(reference)}: \`./image-builder images list\` shows those there are.`,
    { exitCode: 2 },
  );
}
