// Lifecycle policies as files: what is accepted, and every problem in its own words.
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { lifecyclePolicyJsonSchema } from '../../shared/model/json-schema.ts';
import { addAge } from '../../shared/model/lifecycle-age.ts';
import { readResourceFile } from '../../shared/model/resource-file.ts';

const details = (text: string) => `name: retire
policyDetails:
${text}
resourceSelection: { recipes: [{ name: web, semanticVersion: x.x.x }] }
`;
const read = (text: string) => readResourceFile(text, { file: 'retire.yml' });
const problems = (text: string) => read(text).problems.map(({ message }) => message);

const whole = `name: retire
description: What becomes of old images
status: DISABLED
resourceType: AMI_IMAGE
policyDetails:
  - action: { type: DEPRECATE, includeResources: { amis: true } }
    filter: { type: AGE, value: 30, unit: DAYS, retainAtLeast: 2 }
  - action: { type: DISABLE, includeResources: { amis: true } }
    filter: { type: AGE, value: 2, unit: MONTHS }
    exclusionRules:
      tagMap: { Keep: forever }
      amis:
        isPublic: true
        regions: [eu-west-1]
        sharedAccounts: ['111122223333']
        lastLaunched: { value: 1, unit: WEEKS }
        tagMap: { Team: shop }
  - action: { type: DELETE, includeResources: { amis: true, snapshots: true } }
    filter: { type: COUNT, value: 10 }
resourceSelection: { recipes: [{ name: web, semanticVersion: 1.x.x }] }
schedule: { scheduleExpression: cron(0 4 * * ? *), timezone: Europe/Berlin }
retainAcrossVersions: false
`;

test('a whole policy is read, and what is left out has its defaults', () => {
  expect(read(whole).output).toMatchObject({
    type: 'lifecycle-policy',
    name: 'retire',
    configuration: { status: 'DISABLED', retainAcrossVersions: false, schedule: { timezone: 'Europe/Berlin' } },
  });
  const least = read(details('  - { action: { type: DEPRECATE }, filter: { type: COUNT, value: 3 } }'));
  expect(least.output).toMatchObject({
    configuration: { status: 'ENABLED', resourceType: 'AMI_IMAGE', retainAcrossVersions: true },
  });
});

describe('refused is', () => {
  const del = (filter: string) =>
    `  - { action: { type: DELETE, includeResources: { amis: true } }, filter: ${filter} }`;
  test.each<[string, string, string]>([
    [
      'DELETE that includes nothing',
      details('  - { action: { type: DELETE }, filter: { type: COUNT, value: 3 } }'),
      'expected includeResources with amis: true (an image is deleted with its AMIs)',
    ],
    [
      'snapshots without DELETE',
      details(
        '  - { action: { type: DISABLE, includeResources: { snapshots: true } }, filter: { type: COUNT, value: 3 } }',
      ),
      'expected snapshots with the action DELETE only',
    ],
    [
      'containers',
      details(
        '  - { action: { type: DELETE, includeResources: { amis: true, containers: true } }, filter: { type: COUNT, value: 3 } }',
      ),
      'expected no containers (container images are not built here)',
    ],
    ['an age without a unit', details(del('{ type: AGE, value: 3 }')), 'expected a unit with AGE'],
    ['a count with a unit', details(del('{ type: COUNT, value: 3, unit: DAYS }')), 'expected no unit with COUNT'],
    [
      'a count that retains',
      details(del('{ type: COUNT, value: 3, retainAtLeast: 2 }')),
      'expected retainAtLeast with AGE only',
    ],
    [
      'an action twice',
      details([del('{ type: AGE, value: 3, unit: DAYS }'), del('{ type: AGE, value: 4, unit: DAYS }')].join('\n')),
      'expected each action once',
    ],
    [
      'a deletion before the deprecation',
      details(
        [
          '  - { action: { type: DEPRECATE }, filter: { type: AGE, value: 2, unit: MONTHS } }',
          del('{ type: AGE, value: 8, unit: WEEKS }'),
        ].join('\n'),
      ),
      'expected in any month more than 2 months: images are to DEPRECATE before they DELETE',
    ],
    [
      'a deletion that is before the deprecation of what was made in July',
      details(
        [
          '  - { action: { type: DEPRECATE }, filter: { type: AGE, value: 2, unit: MONTHS } }',
          del('{ type: AGE, value: 62, unit: DAYS }'),
        ].join('\n'),
      ),
      'expected in any month more than 2 months: images are to DEPRECATE before they DELETE',
    ],
    [
      'fewer kept than stay undeprecated',
      details(
        [
          '  - { action: { type: DEPRECATE }, filter: { type: COUNT, value: 5 } }',
          del('{ type: COUNT, value: 4 }'),
        ].join('\n'),
      ),
      'expected at least 5',
    ],
    [
      'a build in the selection',
      whole.replace('1.x.x', '1.0.0/2'),
      'expected a version such as 1.0.0, or with x at its end',
    ],
    [
      'both ways to select',
      whole.replace('resourceSelection: { ', 'resourceSelection: { tagMap: { a: b }, '),
      'expected exactly one of recipes and tagMap',
    ],
    ['container images', whole.replace('AMI_IMAGE', 'CONTAINER_IMAGE'), 'expected AMI_IMAGE'],
    ['an unknown region', whole.replace('eu-west-1', 'eu-wst-1'), 'did you mean eu-west-1?'],
    ['no cron', whole.replace('cron(0 4 * * ? *)', 'cron(0 4 * * *)'), 'expected ? as exactly one of'],
    ['an execution role', `${whole}executionRole: some\n`, 'executionRole'],
  ])('%s', (_, text, message) => {
    expect(problems(text).join('\n')).toContain(message);
  });
});

test('a deletion on the day after the longest deprecation is taken', () => {
  const text = details(
    [
      '  - { action: { type: DEPRECATE }, filter: { type: AGE, value: 2, unit: MONTHS } }',
      '  - { action: { type: DELETE, includeResources: { amis: true } }, filter: { type: AGE, value: 63, unit: DAYS } }',
    ].join('\n'),
  );
  expect(problems(text)).toEqual([]);
});

test('ages are those of the calendar', () => {
  const after = (from: string, value: number, unit: Parameters<typeof addAge>[2]) =>
    addAge(new Date(from), value, unit).toISOString();
  expect(after('2026-01-31T10:00:00.000Z', 1, 'MONTHS')).toBe('2026-02-28T10:00:00.000Z');
  expect(after('2024-02-29T10:00:00.000Z', 1, 'YEARS')).toBe('2025-02-28T10:00:00.000Z');
  expect(after('2026-11-15T10:00:00.000Z', 14, 'MONTHS')).toBe('2028-01-15T10:00:00.000Z');
  expect(after('2026-01-31T10:00:00.000Z', 2, 'WEEKS')).toBe('2026-02-14T10:00:00.000Z');
});

test('the JSON schema in docs/schema is the one that the code makes (npx vitest -u writes it), and takes what the code takes', async () => {
  const schema = lifecyclePolicyJsonSchema();
  await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(
    '../../docs/schema/lifecycle-policy.schema.json',
  );
  const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);
  const { parse } = await import('yaml');
  expect([validate(parse(whole)), validate.errors]).toEqual([true, null]);
  expect(validate({ ...parse(whole), resourceSelection: { recipe: [] } })).toBe(false);
});
