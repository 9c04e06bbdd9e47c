// `costs`: what builds cost by pipeline or month, always estimates.
import { check, findingText } from '../../shared/model/check.ts';
import { notCounted } from '../../shared/model/cost.ts';
import type { ListedImage } from '../../shared/model/image-record.ts';
import { type Prices, priceOverrideSchema, pricesWith } from '../../shared/model/prices.ts';
import { CommandError } from '../command-error.ts';
import { processOutput } from '../output.ts';
import { readBounded } from '../pipeline/bounded-file.ts';
import { readFailure } from '../pipeline/read-failure.ts';
import { costLines, costTable } from '../report/cost-table.ts';
import { type StackOptions, withStack } from '../session.ts';
import { printable } from '../terminal-text.ts';

export type CostsOptions = StackOptions & { output: 'text' | 'json'; by: 'pipeline' | 'month'; prices?: string };

export async function costs({ by, prices: path, ...options }: CostsOptions): Promise<number> {
  const output = processOutput('json');
  const prices = path === undefined ? undefined : await readPrices(path);
  const images = await withStack(options, output, async ({ stack }) => {
    const all: ListedImage[] = [];
    for await (const image of stack.newestImages()) all.push(image);
    return all;
  });
  const table = costTable(images, by, prices);
  if (options.output === 'json') output.json({ estimate: true, ...table, notCounted });
  else [...costLines(table), `Not counted: ${notCounted}.`].forEach(output.out);
  return 0;
}

async function readPrices(path: string): Promise<Prices> {
  const refused = (why: string, cause?: unknown) =>
    new CommandError(`The prices in ${printable(path)} cannot be used: ${printable(why)}`, { exitCode: 2, cause });
  let text: string;
  try {
    text = (await readBounded(path)).toString('utf8');
  } catch (error) {
    throw refused(readFailure(error), error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(`it is not JSON: ${(error as Error).message}`, error);
  }
  const { output, findings } = check(priceOverrideSchema, value);
  if (output) return pricesWith(output);
  throw refused(findings.map(findingText).join('; '));
}
