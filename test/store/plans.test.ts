import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { sentLimit, sentScript } from '../../shared/component/sent-script.ts';
import { plans } from '../../shared/store/plans.ts';
import { planOf } from '../phase/world.ts';
import { testTable } from './test-table.ts';

const table = await testTable();
const store = plans(table);

let images = 0;
/** A plan of its own with these scripts. */
const planned = async (scripts: { build: string[]; test: string[] }) => {
  const image = `image-${++images}`;
  await store.write(planOf(image), scripts);
  return image;
};

it('answers each script as it is sent, however many there are', async () => {
  const all = (stage: string) => Array.from({ length: 17 }, (_, index) => `echo '${stage} ${index} – ü'\n`);
  const scripts = { build: all('build'), test: all('test').slice(0, 8) };
  const image = await planned(scripts);
  for (const stage of ['build', 'test'] as const)
    for (const [index, script] of scripts[stage].entries())
      expect(await store.script(image, stage, index)).toBe(sentScript(script));
});

it('what most scripts have in common is kept once', async () => {
  const driver = randomBytes(15_000).toString('base64');
  const image = await planned({ build: Array.from({ length: 8 }, (_, index) => `${driver}\n${index}`), test: [] });
  const [item, ...more] = await table.query(image, 'scripts#');
  expect(more).toEqual([]);
  expect((item!.packed as Uint8Array).length).toBeLessThan(18_000);
});

it('eight of the longest that can be sent are one item', async () => {
  const longest = () => `echo ${randomBytes(35_000).toString('base64')}`;
  const scripts = Array.from({ length: 8 }, longest);
  for (const script of scripts) {
    expect(sentScript(script).length).toBeGreaterThan(sentLimit - 2000);
    expect(sentScript(script).length).toBeLessThanOrEqual(sentLimit);
  }
  const image = await planned({ build: scripts, test: [] });
  expect(await table.query(image, 'scripts#')).toHaveLength(1);
  expect(await store.script(image, 'build', 7)).toBe(sentScript(scripts[7]!));
});

it('one of a plan of version 0.1.0 is answered as it was kept', async () => {
  const image = `image-${++images}`;
  await table.put({ pk: image, sk: 'script#test#011', script: 'as sent' });
  expect(await store.script(image, 'test', 11)).toBe('as sent');
});

it('one that the plan does not have is missed by name', async () => {
  const image = await planned({ build: ['true'], test: [] });
  for (const [stage, index] of [['build', 1] as const, ['build', 8] as const, ['test', 0] as const])
    await expect(store.script(image, stage, index)).rejects.toMatchObject({
      name: 'NotFoundError',
      message: `The plan of ${image} has no ${stage} script ${index}.`,
    });
});
