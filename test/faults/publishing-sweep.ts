// npm run sweep -- --publishing: every step of publishing in two regions, struck in every way, in 15 regions and 3 accounts.
import { judgePublishing, openStage } from './publishing.ts';
import { random, sample } from './random.ts';
import { accounts, cases, regions, ways } from './steps.ts';

type Row = { runs: number; AVAILABLE: number; FAILED: number; broken: number };

/** Prints a table, and what was broken; answers whether nothing was. `minutes`: after which no further build is begun. */
export async function sweepPublishing(minutes: number): Promise<boolean> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const rows = new Map(ways.map(({ name }): [string, Row] => [name, { runs: 0, AVAILABLE: 0, FAILED: 0, broken: 0 }]));
  // In an order by seed, so that a sweep that is cut short is a sample of the whole.
  const list = sample(cases, cases.length, random(1));
  // Worlds that have published much are slow.
  for (let from = 0; from < list.length && seconds() < minutes * 60; from += 10) {
    const stage = await openStage(regions, [...accounts]);
    try {
      let last = await stage.build();
      for (const { step, way } of list.slice(from, from + 10)) {
        if (seconds() > minutes * 60) break;
        const strikes = way.strikes(step);
        const built = await stage.build(strikes);
        const met =
          built.struck === strikes.length ? [] : [`${built.struck} of ${strikes.length} faults met their call`];
        const broken = [...met, ...judgePublishing(last, built, way.status), ...stage.world.faults];
        const row = rows.get(way.name)!;
        row.runs += 1;
        row[built.image.state.status as 'AVAILABLE' | 'FAILED'] += 1;
        row.broken += broken.length > 0 ? 1 : 0;
        if (broken.length > 0) console.log([`${way.name}, ${step.call}:`, ...broken].join('\n  '));
        if (built.image.state.status === 'AVAILABLE') last = built;
      }
    } finally {
      await stage.close();
    }
    console.error(`${Math.min(from + 10, list.length)} of ${list.length}`);
  }
  console.log('\n| way | builds | AVAILABLE | FAILED | broken promises |\n|---|---|---|---|---|');
  for (const [name, row] of rows)
    console.log(`| ${name} | ${row.runs} | ${row.AVAILABLE} | ${row.FAILED} | ${row.broken} |`);
  const all = [...rows.values()];
  const sum = (what: keyof Row) => all.reduce((total, row) => total + row[what], 0);
  console.log(
    `\n${sum('runs')} of ${cases.length} builds, ${seconds()} seconds, ${sum('broken')} with a broken promise`,
  );
  return sum('broken') === 0;
}
