import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { knownRegions, partitionOf } from '../../shared/model/regions.ts';
import { suggestion } from '../../shared/model/suggestion.ts';

describe('regions', () => {
  test('are those that the SDK knows', () => {
    const table = 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
    const regions = [...readFileSync(table, 'utf8').matchAll(/"([a-z]+(?:-[a-z]+)+-\d)": \{/g)].map(
      ([, region]) => region!,
    );
    expect(regions.length).toBeGreaterThan(30);
    expect([...knownRegions].sort()).toEqual(regions.sort());
  });

  test('belong to a partition', () => {
    expect(partitionOf('eu-central-1')).toBe('aws');
    expect(partitionOf('cn-north-1')).toBe('aws-cn');
    expect(partitionOf('us-gov-west-1')).toBe('aws-us-gov');
    expect(partitionOf('mars-north-1')).toBeUndefined();
    expect(partitionOf('constructor')).toBeUndefined();
  });
});

describe('suggestions', () => {
  test.each([
    ['eu-centrl-1', 'eu-central-1'],
    ['EU-CENTRAL-1', 'eu-central-1'],
    ['mars-north-1', undefined],
    ['x'.repeat(100_000), undefined],
  ])('%.20s', (word, near) => {
    expect(suggestion(word, ['us-east-1', 'eu-central-1'])).toBe(near);
  });
});
