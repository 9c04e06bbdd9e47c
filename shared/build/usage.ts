// What a build used: derived from its timeline, ledger and plan, without asking AWS anything.
import type { Usage } from '../model/cost.ts';
import type { ImageRecord } from '../model/image-record.ts';
import type { EbsDevice } from './devices.ts';
import type { Entry, Ledger } from './ledger.ts';
import { parseEntryKey } from './ledger.ts';
import type { Plan } from './plan.ts';

/** Seconds between the safety polls of the states that wait, as the machine has them: each poll is an attempt of the state. */
export const heartbeats: Record<string, number> = {
  LaunchBuilder: 120,
  LaunchTester: 120,
  StopBuilder: 120,
  RunComponent: 300,
  RunTest: 300,
  SnapshotAmi: 300,
  CopyRegion: 900,
  AwaitApproval: 900,
  ExportImage: 60,
};

/** States of the machine that are no entry of the timeline: Parallel, Map, Choice, Succeed or Fail, FinishImage. */
const otherStates = 13;
/** Events that come for one wait, answered by the router. */
const eventsPerWait = 2;
/** GB of memory (serverless.yml), and seconds that are assumed for one invocation. */
const lambda = { gb: 0.5, seconds: 1 };
/** An instance is billed by the second, for a minute at least (EC2 user guide, billing). */
const leastSeconds = 60;

/** The volumes of builder and tester: the parent's and the recipe's, by type; undefined size where nobody told one. */
function volumesOf(plan: Plan): { type: string; gb: number | undefined }[] {
  const devices = new Map(plan.parentDevices.map((device: EbsDevice) => [device.deviceName, device]));
  for (const { deviceName, ebs } of plan.blockDeviceMappings) {
    if (!ebs) devices.delete(deviceName);
    else {
      const gb = ebs.volumeSize ?? devices.get(deviceName)?.gb;
      const type = ebs.volumeType ?? devices.get(deviceName)?.type;
      devices.set(deviceName, { deviceName, deleteOnTermination: true, ...(gb && { gb }), ...(type && { type }) });
    }
  }
  return [...devices.values()].map(({ type = 'gp3', gb }) => ({ type, gb }));
}

const secondsBetween = (from: number, to: string) => Math.max(0, (Date.parse(to) - from) / 1000);

function sums<Key extends string, Value extends string>(
  items: ({ [K in Key]: string } & { [V in Value]: number })[],
  key: Key,
  value: Value,
) {
  const totals = new Map<string, number>();
  for (const item of items) totals.set(item[key], (totals.get(item[key]) ?? 0) + item[value]);
  return [...totals].map(
    ([name, total]) => ({ [key]: name, [value]: total }) as { [K in Key]: string } & { [V in Value]: number },
  );
}

/** `ended`: ISO time up to which what still runs is counted. Instances that died before they ran are not billed. */
export function usageOf(
  { timeline, outputResources }: Pick<ImageRecord, 'timeline' | 'outputResources'>,
  ledger: Ledger,
  plan: Plan | undefined,
  ended: string,
): Usage {
  const entries = Object.entries(ledger.entries);
  const volumes = plan ? volumesOf(plan) : [];
  const gb = volumes.reduce((sum, volume) => sum + (volume.gb ?? 0), 0);
  const ran = entries.filter(([, { kind, id, dead }]) => kind === 'instance' && id && !dead);
  const instances = ran.map(([key, entry]) => ({
    type: plan?.choices[entry.choice ?? 0]?.instanceType ?? 'of unknown type',
    seconds: Math.max(
      leastSeconds,
      secondsBetween(entry.since, stopped(key, entry, timeline) ?? entry.released ?? ended),
    ),
  }));
  const stored = ran.flatMap(([, entry]) =>
    volumes.map(({ type, gb: size = 0 }) => ({
      type,
      gbHours: (size * secondsBetween(entry.since, entry.released ?? ended)) / 3600,
    })),
  );
  const from = plan?.source?.region ?? plan?.homeRegion;
  const copies = entries
    .filter(([, { kind, id, region }]) => kind === 'copy' && id && region !== from)
    .map(([, { region }]) => ({ region, gb }));
  const attempts = Object.values(timeline).map(({ state, started, ended: end = ended }) => {
    const heartbeat = heartbeats[state];
    return 1 + (heartbeat ? Math.floor(secondsBetween(Date.parse(started), end) / heartbeat) : 0);
  });
  const made = attempts.reduce((sum, count) => sum + count, 0);
  const waits = Object.values(timeline).filter(({ state }) => heartbeats[state]).length;
  const invocations = made + 1 + waits * eventsPerWait;
  return {
    instances: sums(instances, 'type', 'seconds'),
    volumes: sums(stored, 'type', 'gbHours'),
    copies: sums(copies, 'region', 'gb'),
    snapshots: outputResources.amis.map(({ region }) => ({ region, gb })),
    transitions: made + otherStates,
    invocations,
    lambdaGbSeconds: invocations * lambda.gb * lambda.seconds,
  };
}

/** When the builder stopped: from then on only its volumes are billed. */
function stopped(key: string, { stopping }: Entry, timeline: ImageRecord['timeline']): string | undefined {
  return parseEntryKey(key).state === 'LaunchBuilder' && stopping ? timeline.StopBuilder?.ended : undefined;
}
