// `images inventory`: the software of an image, for people, for programs, or as a bill of materials.
import { cyclonedx } from '../../shared/software/cyclonedx.ts';
import { CommandError } from '../command-error.ts';
import { processOutput } from '../output.ts';
import { inventoryReport } from '../report/inventory-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';

export type InventoryOptions = StackOptions & { format: 'text' | 'json' | 'cyclonedx' };

export async function showInventory(reference: string, options: InventoryOptions): Promise<number> {
  const output = processOutput('json');
  const { image, inventory } = await withStack(options, output, async ({ stack }) => {
    const image = await findImage(stack, reference);
    return { image, inventory: await stack.readInventory(image.arn) };
  });
  if (!inventory)
    throw new CommandError(
      `${image.arn} has no software inventory: it is taken when all components of a build have run, and the notes of \`images show\` say where that failed.`,
      { exitCode: 1 },
    );
  if (inventory.partial) output.warn('The inventory is partial: not all packages of the image are in it.');
  const { arn, name, version, dateCreated: created } = image;
  if (options.format === 'cyclonedx') output.json(cyclonedx({ arn, name, version, created }, inventory));
  else if (options.format === 'json') output.json({ image: arn, ...inventory });
  else inventoryReport(inventory).forEach(output.out);
  return 0;
}
