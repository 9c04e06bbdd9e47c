import { describe, expect, test } from 'vitest';
import { familyLines, familyOf } from '../../cli/report/family.ts';
import type { ImageRecord } from '../../shared/model/image-record.ts';
import { image } from './image.ts';

const arn = (name: string) => `arn:aws:imagebuilder:us-east-1:000000000000:image/${name}`;
const made = (name: string, parent: { arn?: string; id?: string }, minute: number): ImageRecord =>
  image({
    arn: arn(name),
    state: { status: 'AVAILABLE' },
    dateCreated: `2026-11-27T10:0${minute}:00.000Z`,
    ancestry: {
      parentImage: { id: parent.id ?? 'ami-x', reference: 'base/x.x.x', ...(parent.arn && { arn: arn(parent.arn) }) },
      components: [{ name: 'nginx', version: '1.0.0', build: 2 }],
      recipe: `${name.split('/')[0]}/1.0.0`,
      contentHash: 'h',
    },
  });
const base = made('base/1.0.0/1', { id: 'ami-debian' }, 0);
const app = made('app/1.0.0/1', { arn: 'base/1.0.0/1' }, 1);
const other = made('other/1.0.0/1', { arn: 'base/1.0.0/1' }, 2);
const top = made('top/1.0.0/1', { arn: 'app/1.0.0/1' }, 3);
const all = [top, other, app, base];

describe('the family of an image', () => {
  test('goes up to the first parent that was not built here, and down to everything built on it', () => {
    expect(familyLines(familyOf(app, all))).toEqual([
      'ami-debian  (base/x.x.x)',
      '  base/1.0.0/1  AVAILABLE  2026-11-27T10:00:00.000Z',
      '    app/1.0.0/1  AVAILABLE  2026-11-27T10:01:00.000Z  <',
      '      top/1.0.0/1  AVAILABLE  2026-11-27T10:03:00.000Z',
      '',
      'Recipe app/1.0.0',
      'Components',
      '  nginx/1.0.0/2',
    ]);
    const { children, line, origin } = familyOf(base, all);
    expect([line.map((one) => one.arn), origin?.id]).toEqual([[arn('base/1.0.0/1')], 'ami-debian']);
    expect(children.map((child) => [child.arn, child.children.map((one) => one.arn)])).toEqual([
      [arn('app/1.0.0/1'), [arn('top/1.0.0/1')]],
      [arn('other/1.0.0/1'), []],
    ]);
  });
  test('of an image that was built before ancestry was kept is itself', () => {
    const old = image({ arn: arn('old/1.0.0/1') });
    expect(familyOf(old, [old])).toMatchObject({ line: [{ arn: old.arn }], children: [] });
  });
  test('that goes round in a circle comes to an end', () => {
    const [one, two] = [made('one/1.0.0/1', { arn: 'two/1.0.0/1' }, 0), made('two/1.0.0/1', { arn: 'one/1.0.0/1' }, 1)];
    const { line, children } = familyOf(one!, [one!, two!]);
    expect(line).toHaveLength(2);
    expect(children).toHaveLength(1);
  });
});
