// docs/local-cloud.md lists the operations that are served, and no other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realClock } from '../../local/clock.ts';
import { defaultDelays } from '../../local/cloud.ts';
import { compose } from '../../local/composition.ts';
import { repository } from '../source-files.ts';
import { temporaryDirectory } from './door/open-door.ts';

const text = readFileSync(join(repository, 'docs/local-cloud.md'), 'utf8');

/** Operations as the table writes them: `Create-, Delete-, ListTopic(s)` are CreateTopic, DeleteTopic, ListTopic and their plurals. */
function written(cell: string): string[][] {
  const names = cell.replaceAll(/ \([^)]*\)/g, '').split(', ');
  return names.map((name, index) => {
    const whole = names.slice(index).find((one) => !one.endsWith('-'))!;
    const [, stem = '', plural = ''] = /^(\w+?)(?:\((\w+)\))?$/.exec(whole)!;
    const endings = [stem, stem + plural];
    if (!name.endsWith('-')) return endings;
    const tails = endings.flatMap((ending) => [...ending].map((_, from) => ending.slice(from)));
    return tails.filter((tail) => /^[A-Z]/.test(tail)).map((tail) => name.slice(0, -1) + tail);
  });
}

test('every operation that is served is in the table, and no other', () => {
  const directory = temporaryDirectory();
  const { served } = compose({
    ...{ clock: realClock, stateDirectory: directory.path, repository, accountId: '000000000000', region: 'us-east-1' },
    ...{ delays: defaultDelays, network: 'none', endpoint: () => '', stacks: () => [], fault: () => {} },
  });
  const rows = new Map([...text.matchAll(/^\| ([a-z0-9]+) \| (.*) \|$/gm)].map(([, name, cell]) => [name, cell!]));
  for (const service of served) {
    const operations =
      'operations' in service ? Object.keys(service.operations) : service.routes.map(({ name }) => name);
    const names = written(rows.get(service.signingName) ?? '');
    expect(
      operations.filter((one) => !names.flat().includes(one)),
      service.signingName,
    ).toEqual([]);
    expect(
      names.filter((some) => !some.some((one) => operations.includes(one))),
      service.signingName,
    ).toEqual([]);
  }
  directory.remove();
});
