// Lists read the index of the table; in a stack of version 0.1.0 the one that it had, until the new one can be read.
import { expect, test } from 'vitest';
import { openTable } from './open-table.ts';

const listed = async (index?: string) => {
  const { table, close } = await openTable({ IndexName: index, whole: true });
  try {
    for (const day of ['01', '03', '02'])
      await table.put({ pk: `image-${day}`, sk: 'image', type: 'AMI', dateCreated: `2026-11-${day}`, timeline: {} });
    const found = [];
    for await (const { pk, timeline } of table.byDate('AMI')) found.push([pk, timeline]);
    return found;
  } finally {
    await close();
  }
};

test('newest first, without what the index does not hold', async () => {
  expect(await listed()).toEqual([
    ['image-03', undefined],
    ['image-02', undefined],
    ['image-01', undefined],
  ]);
});

test('from the index of version 0.1.0 where the new one cannot be read', async () => {
  expect((await listed('images-by-date')).map(([pk]) => pk)).toEqual(['image-03', 'image-02', 'image-01']);
});

test('where there is neither, the new one is missed', async () => {
  await expect(listed('another')).rejects.toThrow(/list items of type AMI of table builds.*: listed-by-date/s);
});
