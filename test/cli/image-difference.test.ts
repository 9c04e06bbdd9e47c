// The difference of two images, for programs and for people; and the list of packages of one.
import { describe, expect, test } from 'vitest';
import { type ImageSide, imageDifference } from '../../cli/report/image-difference.ts';
import { imageDifferenceReport } from '../../cli/report/image-difference-report.ts';
import { inventoryReport } from '../../cli/report/inventory-report.ts';
import type { Inventory } from '../../shared/software/inventory.ts';
import { image } from './image.ts';

const inventory = (os: string, ...packages: [name: string, version: string][]): Inventory => ({
  os,
  packages: packages.map(([name, version]) => ({ manager: 'dpkg', name, version, arch: 'amd64' })),
});
const ami = (id: string, name: string, region = 'us-east-1') => ({
  region,
  image: id,
  name,
  accountId: '000000000000',
});
const hash = 'a'.repeat(64);

const before: ImageSide = {
  image: {
    ...image({ state: { status: 'AVAILABLE' }, outputResources: { amis: [ami('ami-1', 'web one')] } }),
    tests: { total: 2, passed: 2, failed: 0, results: [] },
    ancestry: {
      parentImage: { id: 'ami-a' },
      components: [
        { name: 'hello', version: '1.0.0', build: 1 },
        { name: 'same', version: '1.0.0', build: 1 },
      ],
      ...{ recipe: 'hello-web/1.0.0', contentHash: hash },
    },
  },
  inventory: inventory('debian 12', ['curl', '7.88.1-10'], ['nano', '7.2-1'], ['zlib1g', '1:1.2.13']),
};
const after: ImageSide = {
  image: {
    ...image({ arn: `${before.image.arn.slice(0, -1)}2`, version: '1.0.0/2', state: { status: 'AVAILABLE' } }),
    outputResources: { amis: [ami('ami-2', 'web two'), ami('ami-3', 'web two', 'eu-west-1')] },
    ancestry: {
      parentImage: { id: 'ami-b' },
      components: [
        { name: 'hello', version: '1.0.0', build: 2 },
        { name: 'same', version: '1.0.0', build: 1 },
        { name: 'more', version: '2.0.0', build: 1 },
      ],
      ...{ recipe: 'hello-web/1.0.0', contentHash: hash },
    },
  },
  inventory: inventory('debian 12', ['curl', '7.88.1-10+deb12u8'], ['nginx', '1.22.1-9'], ['zlib1g', '1:1.2.13']),
};

describe('the difference of two images', () => {
  test('keeps the AMIs of a region apart by account', () => {
    const theirs = { ...ami('ami-4', 'web two'), accountId: '111111111111' };
    const shared = { ...after.image, outputResources: { amis: [ami('ami-2', 'web two'), theirs] } };
    const difference = imageDifference(before, { ...after, image: shared });
    expect(difference.amis).toEqual([
      { region: 'us-east-1', before: { image: 'ami-1', name: 'web one' }, after: { image: 'ami-2', name: 'web two' } },
      { region: 'us-east-1', accountId: '111111111111', after: { image: 'ami-4', name: 'web two' } },
    ]);
    expect(imageDifferenceReport(difference).join('\n')).toMatch(/us-east-1 of account 111111111111 .*ami-4/);
  });
  test('tells packages, parent, components, tests and AMIs', () => {
    const difference = imageDifference(before, after);
    expect(difference).toMatchObject({
      recipe: { before: 'hello-web/1.0.0', after: 'hello-web/1.0.0' },
      parentImage: { before: 'ami-a', after: 'ami-b' },
      components: [
        { name: 'hello', before: '1.0.0/1', after: '1.0.0/2' },
        { name: 'more', after: '2.0.0/1' },
      ],
      packages: {
        upgraded: [{ name: 'curl' }],
        added: [{ name: 'nginx' }],
        removed: [{ name: 'nano' }],
        downgraded: [],
      },
      tests: { before: '2 of 2 passed' },
      notes: [],
    });
    expect(imageDifferenceReport(difference)).toEqual([
      'Image         hello-web 1.0.0/1 (AVAILABLE) → hello-web 1.0.0/2 (AVAILABLE)',
      'Recipe        hello-web/1.0.0 (the same)',
      'System        debian 12 (the same)',
      'Parent image  ami-a → ami-b',
      'Tests         2 of 2 passed → none',
      '',
      'Components',
      '  hello  1.0.0/1 → 1.0.0/2',
      '  more   none → 2.0.0/1',
      '',
      'Packages: 1 upgraded, 1 added, 1 removed',
      '  upgraded  curl   amd64  7.88.1-10 → 7.88.1-10+deb12u8',
      '  added     nginx  amd64  1.22.1-9',
      '  removed   nano   amd64  7.2-1',
      '',
      'AMIs',
      '  eu-west-1  none → ami-3 web two',
      '  us-east-1  ami-1 web one → ami-2 web two',
    ]);
  });
  test('of the same image is nothing', () => {
    const difference = imageDifference(before, before);
    expect(difference.components).toEqual([]);
    expect(imageDifferenceReport(difference)).toContain('Packages: nothing');
  });
  test('says what could not be compared', () => {
    const old: ImageSide = { image: image(), inventory: undefined };
    const part: ImageSide = { ...after, inventory: { ...after.inventory!, partial: true } };
    const difference = imageDifference(old, part);
    expect(difference.packages).toBeUndefined();
    expect(difference.notes).toEqual([
      `${old.image.arn} has no software inventory: packages are not compared.`,
      `What ${old.image.arn} was made of is not known: parent image and components are not compared.`,
      `The inventory of ${part.image.arn} is partial: packages may seem added or removed that are not.`,
    ]);
    expect(imageDifferenceReport(difference)).toContain('Parent image  unknown → ami-b');
  });
});

test('an inventory is a list; what packages are called obeys no terminal', () => {
  const { packages } = inventory('', ['evil\u001b[2J', '1']);
  const list: Inventory = { os: 'debian 12', packages: [{ ...packages[0]!, source: 'evil' }] };
  expect(inventoryReport(list)).toEqual(['debian 12, 1 package', 'evil\\x1b[2J  1  amd64  (evil)']);
  expect(inventoryReport({ os: '', packages: [] })).toEqual(['Unknown system, 0 packages']);
});
