import { describe, expect, it } from 'vitest';
import { dependencyUpdates } from '../../shared/build/dependency-updates.ts';
import { scheduleName } from '../../shared/build/pipeline-schedule.ts';

const component = (name: string, version: string, build: number) => ({ name, version, build });
const before = {
  parentImage: { id: 'ami-1' },
  components: [component('a', '1.0.0', 1), component('b', '1.2.0', 3)],
  recipe: 'web/1.0.0',
  contentHash: 'h',
};

describe('dependency updates', () => {
  it('nothing changed: says of what', () => {
    expect(dependencyUpdates(before, structuredClone(before))).toEqual({
      changed: false,
      reasons: ['parent unchanged ami-1', 'components unchanged'],
    });
  });
  it('everything that changed is told, and the recipe only where nothing else explains it', () => {
    const components = [component('a', '1.0.0', 2), component('c', '1.0.0', 1)];
    const now = { ...before, parentImage: { id: 'ami-2' }, components, contentHash: 'other' };
    expect(dependencyUpdates(before, now)).toEqual({
      changed: true,
      reasons: ['parent ami-1 → ami-2', 'component a 1.0.0/1 → 1.0.0/2', 'component c new → 1.0.0/1'],
    });
    expect(dependencyUpdates(before, { ...before, contentHash: 'other' }).reasons).toEqual([
      'recipe web/1.0.0 was registered with another content',
    ]);
    expect(dependencyUpdates(undefined, before).changed).toBe(true);
  });
  it('documents that components run are looked at too', () => {
    const run = (build: number) => ({
      ...before,
      documents: [{ reference: 'c/1.x.x', ...component('c', '1.0.0', build) }],
    });
    expect(dependencyUpdates(run(1), run(1)).changed).toBe(false);
    expect(dependencyUpdates(run(1), run(2)).reasons).toEqual(['document c/1.x.x 1.0.0/1 → 1.0.0/2']);
  });
});

describe('names of schedules', () => {
  it('are those of pipelines, and stay apart where they must be cut', () => {
    expect(scheduleName('Web Server_1')).toBe('web-server-1');
    const long = ['a', 'b'].map((end) => scheduleName('x'.repeat(127) + end));
    for (const name of long) expect(name).toMatch(/^[0-9a-zA-Z-_.]{64}$/);
    expect(new Set(long).size).toBe(2);
  });
});
