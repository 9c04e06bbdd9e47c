// The ready-made components keep to the rules of the catalogue, and its documentation to them.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readRegistration } from '../../cli/pipeline/registration.ts';
import { checkDocument } from '../../shared/component/check-document.ts';
import { compileDocument } from '../../shared/component/compile.ts';
import { repository } from '../source-files.ts';

type Step = { name: string; action: string; inputs?: { commands?: string[] } };
type Document = {
  name: string;
  description: string;
  parameters?: Record<string, { default?: string; description?: string }>[];
  phases: { name: string; steps: Step[] }[];
};

const names = readdirSync(join(repository, 'components')).map((file) => file.replace('.yml', ''));
const textOf = (name: string) => readFileSync(join(repository, 'components', `${name}.yml`), 'utf8');
const documentation = readFileSync(join(repository, 'docs', 'components.md'), 'utf8');

describe.each(names)('%s', (name) => {
  const text = textOf(name);
  const document = parse(text) as Document;
  const parameters = (document.parameters ?? []).flatMap((one) => Object.entries(one));

  test('is valid, is called like its file, says what it does, and has a test phase', () => {
    expect(checkDocument(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(document.name).toBe(name);
    expect(document.description).toMatch(/^[A-Z].{20,}[^.]$/);
    expect(document.phases.map((phase) => phase.name)).toContain('test');
    expect(text.length).toBeLessThanOrEqual(16_000);
  });

  test('runs without any value given, and each parameter is described here and in the documentation', () => {
    const compiled = [['build', 'validate'], ['test']].map((phases) =>
      compileDocument(text, { name, phases, parameters: {}, runKey: name }),
    );
    expect(compiled.flatMap(({ diagnostics }) => diagnostics.filter(({ severity }) => severity === 'error'))).toEqual(
      [],
    );
    for (const [parameter, { description }] of parameters) {
      expect([parameter, description]).toEqual([parameter, expect.stringMatching(/.{5,}/)]);
      expect(documentation).toContain(`| \`${parameter}\` |`);
    }
  });

  test('is in the documentation with its phases', () => {
    const row = documentation
      .split('\n')
      .find((line) => line.startsWith(`| \`${name}\` | `) && line.split(' | ').length === 4);
    expect(row?.split(' | ')[2]).toBe(document.phases.map((phase) => phase.name).join(', '));
  });

  test('has commands that bash can read', () => {
    for (const { steps } of document.phases)
      for (const step of steps.filter(({ action }) => action === 'ExecuteBash')) {
        const { status, stderr } = spawnSync('bash', ['-n'], {
          input: step.inputs!.commands!.join('\n'),
          encoding: 'utf8',
        });
        expect([step.name, status, stderr]).toEqual([step.name, 0, '']);
      }
  });
});

test('the example pipeline of the catalogue is sound', async () => {
  const { input, warnings } = await readRegistration('examples/web-server/pipeline.yml', {});
  expect(warnings).toEqual([]);
  expect(input.components!.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['nginx-linux', 'reboot-test-linux']),
  );
});

test('the documentation has no component that does not exist', () => {
  const listed = [...documentation.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map((match) => match[1]);
  expect(listed.filter((name) => !names.includes(name!))).toEqual([]);
});
