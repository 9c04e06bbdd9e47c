// npm run sweep: every call of a complete build under every fault that can strike it, pairs of faults, and a table of what came of it.
import { parseArgs } from 'node:util';
import { build, buildUnderKeys, type Seen } from './build.ts';
import { type FaultName, faultNames, faultsOf, killNames } from './faults.ts';
import { random, sample } from './random.ts';
import type { Strike } from './strikes.ts';
import { judge, type Verdict } from './verdict.ts';

export type Row = { runs: number; statuses: Record<string, number>; orphans: number; broken: number; lastNet: number };
export type Failure = { strikes: Strike[]; broken: string[] };
export type Swept = { rows: Map<string, Row>; failures: Failure[]; seconds: number };

export type Make = (strikes: Strike[]) => Promise<Seen>;

/** Every fault at every recorded key, in the order of the build. */
export async function singles(make: Make = build): Promise<Strike[]> {
  // The first build loads the functions, which takes turns of the event loop that later ones do not have.
  await make([]);
  const { recorded } = await make([]);
  return recorded.flatMap((key) => faultsOf(key).map((fault) => ({ key, fault })));
}

/** Pairs of single faults, by seed. */
export function pairs(all: Strike[], count: number, seed: number): Strike[][] {
  const next = random(seed);
  return Array.from({ length: count }, () => sample(all, 2, next)).filter(([one, two]) => one!.key !== two!.key);
}

/** `most`: seconds after which no further run is begun. */
export async function sweep(
  list: Strike[][],
  told: (done: number, failure?: Failure) => void = () => {},
  { most = Number.POSITIVE_INFINITY, make = build }: { most?: number | undefined; make?: Make } = {},
): Promise<Swept> {
  const rows = new Map<string, Row>();
  const failures: Failure[] = [];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  for (const [index, strikes] of list.entries()) {
    if (seconds() > most) break;
    const { verdict, lastNet } = await run(strikes, make);
    const name = strikes.length === 1 ? strikes[0]!.fault : `${strikes.length} faults`;
    const row = rows.get(name) ?? { runs: 0, statuses: {}, orphans: 0, broken: 0, lastNet: 0 };
    rows.set(name, row);
    row.runs += 1;
    row.statuses[verdict.status] = (row.statuses[verdict.status] ?? 0) + 1;
    row.orphans += verdict.orphans;
    row.lastNet += lastNet ? 1 : 0;
    const failure = verdict.broken.length > 0 ? { strikes, broken: verdict.broken } : undefined;
    if (failure) {
      row.broken += 1;
      failures.push(failure);
    }
    told(index + 1, failure);
  }
  return { rows, failures, seconds: seconds() };
}

async function run(strikes: Strike[], make: Make): Promise<{ verdict: Verdict; lastNet: boolean }> {
  try {
    const seen = await make(strikes);
    const lastNet = seen.image.notes.some((note) => note.startsWith('The sweep of '));
    return { verdict: judge(seen, strikes), lastNet };
  } catch (error) {
    return { verdict: { status: 'none', broken: [String((error as Error).stack)], orphans: 0 }, lastNet: false };
  }
}

export function table(rows: Map<string, Row>): string {
  const head = ['fault', 'runs', 'AVAILABLE', 'FAILED', 'CANCELLED', 'orphans', 'by the last net', 'broken promises'];
  const names = [
    ...faultNames.filter((name) => rows.has(name)),
    ...[...rows.keys()].filter((name) => !faultNames.includes(name as FaultName)),
  ];
  const lines = names.map((name) => {
    const { runs, statuses, orphans, broken, lastNet } = rows.get(name)!;
    const counts = ['AVAILABLE', 'FAILED', 'CANCELLED'].map((status) => statuses[status] ?? 0);
    return [name, runs, ...counts, orphans, lastNet, broken];
  });
  const total = [...rows.values()].reduce((sum, { runs }) => sum + runs, 0);
  return (
    [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + `\n\n${total} runs`
  );
}

const text = ({ strikes, broken }: Failure) =>
  `${strikes.map(({ fault, key }) => `${fault} at ${key}`).join(' and ')}:\n${broken.map((line) => `  ${line}`).join('\n')}`;

const options = {
  seed: { type: 'string', default: '1' },
  pairs: { type: 'string', default: '0' },
  sample: { type: 'string' },
  minutes: { type: 'string', default: '1000000' },
  only: { type: 'string', default: '' },
  fault: { type: 'string', default: '' },
  kill: { type: 'string' },
  part: { type: 'string', default: '1/1' },
  real: { type: 'boolean', default: false },
  publishing: { type: 'boolean', default: false },
  'home-key': { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  if (values.publishing) {
    const { sweepPublishing } = await import('./publishing-sweep.ts');
    process.exitCode = (await sweepPublishing(Number(values.minutes))) ? 0 : 1;
    return;
  }
  const seed = Number(values.seed);
  const chance = random(seed);
  // It looks at once whether instances can run here.
  const reality = values.real ? await import('./real.ts') : undefined;
  if (reality && values.kill !== undefined) {
    const states = Object.keys((await reality.buildKilled()).image.timeline).length;
    const moments = new Map(
      Array.from({ length: Number(values.kill) }, () => {
        const moment = { begun: Math.floor(chance() * (states + 1)), milliseconds: Math.floor(chance() * 2000) };
        return [`${moment.milliseconds} ms after ${moment.begun} of ${states} states have begun`, moment];
      }),
    );
    const list = [...moments.keys()].map((key): Strike[] => [{ key, fault: 'cloud killed before the call' }]);
    return report(list, values, ([strike]) => reality.buildKilled(moments.get(strike!.key)));
  }
  const real = await reality?.openReal();
  const make = real?.build ?? (values['home-key'] ? buildUnderKeys : build);
  try {
    const all = await singles(make);
    const keys = [...new Set(all.map(({ key }) => key))];
    console.log(`${keys.length} calls and events recorded`);
    const calls = keys.filter((key) => !key.startsWith('event '));
    const chosen = all.filter(({ key, fault }) => key.includes(values.only) && fault.includes(values.fault));
    const count = Number(values.sample ?? (values.real ? 20 : chosen.length));
    // In an order by seed, so that a sweep that is cut short is a sample of the whole.
    const ones = sample(chosen, count, chance).map((strike) => [strike]);
    const kills = Array.from({ length: Number(values.kill ?? 0) }, (_, index): Strike[] => [
      { key: sample(calls, 1, chance)[0]!, fault: killNames[index % 2]! },
    ]);
    const twos = pairs(all, Number(values.pairs), seed);
    const singly = values.kill === undefined && twos.length === 0 ? ones : [];
    await report([...singly, ...kills, ...twos], values, make);
  } finally {
    await real?.close();
  }
}

async function report(
  whole: Strike[][],
  { seed, minutes, part }: { seed: string; minutes: string; part: string },
  make: Make,
): Promise<void> {
  const [mine, parts] = part.split('/').map(Number) as [number, number];
  const list = whole.filter((_, index) => index % parts === mine - 1);
  const told = (done: number, failure?: Failure) => {
    if (failure) console.log(text(failure));
    if (done % 100 === 0) console.error(`${done} of ${list.length}`);
  };
  const { rows, failures, seconds } = await sweep(list, told, { most: Number(minutes) * 60, make });
  const broken = `${failures.length} with a broken promise`;
  console.log(
    `\n${table(rows)} of ${list.length}${parts > 1 ? ` (part ${part})` : ''}, seed ${seed}, ${Math.round(seconds)} seconds, ${broken}`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}

if (process.argv[1] === import.meta.filename) await main();
