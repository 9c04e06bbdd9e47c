import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { compileStages } from '../../shared/build/scripts.ts';
import { pipeline } from '../phase/world.ts';

const step = (phase: string, command: string) => `
  - name: ${phase}
    steps:
      - name: Step
        action: ExecuteBash
        inputs:
          commands:
            - |
              ${command}`;
const document = (...phases: string[]) => `name: hello\nschemaVersion: 1.0\nphases:${phases.join('')}\n`;

const compiled = (data: string, files: Parameters<typeof compileStages>[3] = []) =>
  compileStages(
    'image',
    pipeline({
      imageRecipe: {
        name: 'hello',
        semanticVersion: '1.0.0',
        parentImage: 'ami-00000000',
        components: [{ component: 'hello/1.0.0' }],
      },
    }),
    [{ name: 'hello', data }],
    files,
  );

const labels = (list: { label: string }[]) => list.map(({ label }) => label);

describe('the commands of a build', () => {
  it('wait, place files, run components, take the inventory, sanitise; tests wait first too', () => {
    const file = { source: 'a', destination: '/srv/a', content: 'aGVsbG8=' };
    const { commands, scripts, problems } = compiled(document(step('build', 'true'), step('test', 'true')), [file]);
    expect(problems).toEqual([]);
    expect(labels(commands.build)).toEqual(['wait until ready', 'files', 'hello', 'software inventory', 'sanitise']);
    expect(labels(commands.test)).toEqual(['wait until ready', 'hello']);
    expect(scripts.build).toHaveLength(5);
    expect(new Set([...scripts.build, ...scripts.test]).size).toBe(7);
  });
  it('know how long they may take', () => {
    const { commands } = compiled(document(step('build', 'true'), step('test', 'true')));
    for (const { seconds } of [...commands.build, ...commands.test]) expect(seconds).toBeGreaterThan(600);
    const endless = document(step('build', 'true')).replace('action:', 'timeoutSeconds: -1\n        action:');
    expect(compiled(endless).commands.build[1]).toEqual({ label: 'hello', component: 'hello/1.0.0' });
  });
  it('a component without steps of a stage has no command there', () => {
    const { commands } = compiled(document(step('build', 'true')));
    expect(labels(commands.test)).toEqual(['wait until ready']);
  });
  it('a document that does not compile is a problem, said once', () => {
    const { problems } = compiled(document(step('build', '{{ Missing }}')));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^Component hello\/1\.0\.0: [a-z-]+: /);
  });
  it('a test that cannot be sent is a problem, not a test left out', () => {
    const noise = randomBytes(46_000).toString('base64');
    const { problems } = compiled(document(step('build', 'true'), step('test', `echo ${noise}`)));
    expect(problems).toEqual([expect.stringMatching(/^Component hello\/1\.0\.0: script-too-large: /)]);
  });
  it('files that cannot be sent are a problem', () => {
    const file = { source: 'a', destination: '/srv/a', content: randomBytes(60_000).toString('base64') };
    expect(compiled(document(step('build', 'true')), [file]).problems).toEqual([
      expect.stringMatching(/^The files of the recipe have \d+ bytes as sent to the instance; 49152 are possible/),
    ]);
  });
});
