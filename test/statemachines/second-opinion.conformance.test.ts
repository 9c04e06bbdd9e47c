// The real machine under two interpreters that we did not write: the same status, error and calls as under ours, in every scenario.
// Where one disagrees, it is listed with its cause: a disagreement that is not listed fails, and so does one that is gone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Json } from '../../local/step-functions/definition.ts';
import { oracleExecution, playOracle } from '../local/step-functions/oracle.ts';
import { substituted, tasks, waits } from './machine.ts';
import { plan, runBuild } from './run.ts';

type Fault = { state: string; error: string; times: number };
type Ending = { status: string; error?: string | null | undefined; calls: string[] };

const silence = 'silence';
const always = 1_000_000;
const states = Object.keys(tasks()).filter((state) => state !== 'CopyRegionAfterTests');
const silent = states.filter((state) => waits(tasks()[state]!));

const scenarios = new Map<string, Fault[]>([
  ['nothing goes wrong', []],
  ...states.map((state): [string, Fault[]] => [
    `${state} throttled once`,
    [{ state, error: 'ThrottledError', times: 1 }],
  ]),
  ...states.map((state): [string, Fault[]] => [
    `${state} refused`,
    [{ state, error: 'InvalidRequestError', times: always }],
  ]),
  ...silent.map((state): [string, Fault[]] => [`${state} silent once`, [{ state, error: silence, times: 1 }]]),
  ['SnapshotAmi dies four times', [{ state: 'SnapshotAmi', error: 'Sandbox.Timedout', times: always }]],
  ['the build is cancelled', [{ state: 'LaunchTester', error: 'CancelledError', times: always }]],
  [
    'Cleanup refused after a refused publication',
    [
      { state: 'PublishImage', error: 'InvalidRequestError', times: always },
      { state: 'Cleanup', error: 'InvalidRequestError', times: always },
    ],
  ],
]);

/** What an interpreter does otherwise, by scenario, and why. */
type Disagreements = Record<string, { differs: ('status' | 'error' | 'calls')[]; cause: string }>;

const startsTheRest =
  'the library starts the other items of a Map after one has failed, MaxConcurrency 1 or not; AWS starts none of them';
const library: Disagreements = {
  'RunComponent refused': { differs: ['calls'], cause: startsTheRest },
  'RunTest refused': { differs: ['calls'], cause: startsTheRest },
};
/** None: what moto gets wrong (a heartbeat that only States.HeartbeatTimeout would match, StopExecution) is not in these. */
const moto: Disagreements = {};

/** Each function is called by its state's name, waits are short, and no delay is drawn at random. */
const simplified = ((): { States: Record<string, object> } => {
  const machine = substituted();
  for (const [state, task] of Object.entries(tasks(machine))) {
    task.Parameters.FunctionName = state;
    for (const rule of task.Retry) {
      Object.assign(rule, { IntervalSeconds: 1, BackoffRate: 1 });
      delete (rule as { MaxDelaySeconds?: number; JitterStrategy?: string }).MaxDelaySeconds;
      delete (rule as { JitterStrategy?: string }).JitterStrategy;
    }
  }
  return machine as never;
})();

async function ours(faults: Fault[]): Promise<Ending> {
  const { status, error, order } = await runBuild(
    faults.map((fault) => (fault.error === silence ? { ...fault, error: 'States.Timeout' } : fault)),
  );
  return { status, error, calls: order };
}

/** The same answers as in run.ts, in the library's words. */
async function theirs(faults: Fault[]): Promise<Ending> {
  const counts: Record<string, number> = {};
  return playOracle(simplified, { image: 'arn:image' }, ({ state, payload, succeed }) => {
    counts[state] = (counts[state] ?? 0) + 1;
    const fault = faults.find((one) => one.state === state && counts[state]! <= one.times);
    if (fault?.error === silence) return {};
    if (fault) throw Object.assign(new Error(`${fault.error} as told`), { name: fault.error });
    if (waits(tasks()[state]!)) succeed({});
    if (state === 'PrepareImage') return plan;
    if (state !== 'FinishImage') return {};
    const { ended, execution } = payload as {
      ended: { error?: { Error: string; Cause?: string } };
      execution: string;
    };
    expect(execution).toBe(oracleExecution);
    const { error } = ended;
    if (!error) return { status: 'AVAILABLE', error: '', cause: '' };
    const status = error.Error === 'CancelledError' ? 'CANCELLED' : 'FAILED';
    return { status, error: error.Error, cause: error.Cause ?? 'no cause' };
  }) as Promise<Ending>;
}

/** It takes seconds for each; none that fails while branches run side by side, since how far the others come is a matter of time. */
const motoScenarios = [
  'nothing goes wrong',
  'LaunchBuilder silent once',
  'RunComponent refused',
  'Cleanup refused after a refused publication',
];

function ofMoto(): Ending[] {
  const definition = structuredClone(simplified);
  // Real seconds: long where nobody is silent, for this machine may be busy.
  for (const [state, task] of Object.entries(tasks(definition as never)))
    if (task.HeartbeatSeconds) task.HeartbeatSeconds = state === 'LaunchBuilder' ? 5 : 80;
  const { stdout, stderr } = spawnSync('python3', [join(import.meta.dirname, 'moto-interpreter.py')], {
    input: JSON.stringify({ definition, plan, scenarios: motoScenarios.map((name) => scenarios.get(name)!) } satisfies
      | Json
      | object),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 110_000,
  });
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1)!);
  } catch {
    throw new Error(`moto's interpreter did not run: ${stderr.slice(-2000)}`);
  }
}

/** Branches run at the same time, so the order of calls is not compared, but for what comes last. */
function differences(mine: Ending, other: Ending): string[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const calls = ({ calls }: Ending) => [calls.toSorted(), calls.slice(-2)];
  return [
    ...(mine.status === other.status ? [] : ['status']),
    ...((mine.error ?? '') === (other.error ?? '') ? [] : ['error']),
    ...(same(calls(mine), calls(other)) ? [] : ['calls']),
  ];
}

async function found(
  names: Iterable<string>,
  other: (name: string, faults: Fault[]) => Promise<Ending> | Ending,
): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const name of names) {
    const faults = scenarios.get(name)!;
    const differs = differences(await ours(faults), await other(name, faults));
    if (differs.length > 0) all[name] = differs;
  }
  return all;
}

const listed = (all: Disagreements) =>
  Object.fromEntries(Object.entries(all).map(([name, { differs }]) => [name, differs]));

test('aws-local-stepfunctions disagrees where it is known to, and nowhere else', async () => {
  expect(await found(scenarios.keys(), (_, faults) => theirs(faults))).toEqual(listed(library));
}, 60_000);

const motoMissing =
  spawnSync('python3', ['-c', 'import moto.stepfunctions.parser'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'moto is not installed: the machine is not run in its interpreter';
if (motoMissing) console.warn(motoMissing);

describe.skipIf(motoMissing)('moto', () => {
  let endings: Map<string, Ending>;
  beforeAll(() => {
    const all = ofMoto();
    endings = new Map(motoScenarios.map((name, index) => [name, all[index]!]));
  }, 130_000);
  test('disagrees where it is known to, and nowhere else', async () => {
    expect(await found(motoScenarios, (name) => endings.get(name)!)).toEqual(listed(moto));
  });
});
