// `cancel`: ends the build of an image and waits until everything it made is gone.
import { type ImageRecord, isUnderWay } from '../../shared/model/image-record.ts';
import { CommandError } from '../command-error.ts';
import { type Output, processOutput } from '../output.ts';
import { follow } from '../progress/follow.ts';
import { imageJson } from '../report/image-json.ts';
import { imageCommand, type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';
import { findImage } from './find-image.ts';

export type CancelOptions = StackOptions & { output: 'text' | 'json'; wait: boolean };

const silent = { seen: () => undefined, wrote: () => undefined };

/** Exit code 0 once the image is CANCELLED, at whichever call; 1 where it has ended otherwise. */
export async function cancel(reference: string, options: CancelOptions): Promise<number> {
  const output = processOutput(options.output);
  const { signal } = new AbortController();
  return withStack(options, output, async ({ stack }) => {
    const image = await findImage(stack, reference);
    const { arn, executionArn } = image;
    if (!isUnderWay(image.state.status)) return told(image, output, options);
    if (!executionArn) throw new CommandError(`The record of ${arn} names no execution: there is nothing to stop.`);
    await stack.cancel(executionArn);
    const show = imageCommand('images show', arn, options);
    if (!options.wait) {
      output.say(`The build of ${arn} is being cancelled and cleaned up; \`${show}\` tells how it stands.`);
      if (options.output === 'json') output.json(imageJson(image));
      return 0;
    }
    output.say(`The build of ${arn} is being cancelled; waiting for its clean-up.`);
    const every = options.local ? 300 : 2000;
    return told(await follow(stack, arn, silent, { every, logs: false, show, signal }), output, options);
  });
}

function told(image: ImageRecord, output: Output, options: CancelOptions): number {
  const { name, version, state, leftovers = [] } = image;
  if (options.output === 'json') output.json(imageJson(image));
  else if (state.status === 'CANCELLED') output.out(`CANCELLED  ${printable(name)} ${version}`);
  for (const { kind, id, region, reason } of leftovers)
    output.warn(`Not released yet: ${kind} ${id} in ${region}: ${printable(reason)} The next sweep tries again.`);
  if (state.status === 'CANCELLED') return 0;
  output.warn(`${printable(name)} ${version} has ended before it could be cancelled: it is ${state.status}.`);
  return 1;
}
