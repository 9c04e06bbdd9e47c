// What must be true of a build whatever struck it; each broken promise is one sentence.
import { newest, unreleased } from '../../shared/build/ledger.ts';
import { belongings } from './belongings.ts';
import { regions, type Seen, sharedWith } from './build.ts';
import { killNames } from './faults.ts';
import type { Strike } from './strikes.ts';
import { targetAccount } from './world.ts';

export type Verdict = { status: string; broken: string[]; orphans: number };

const executionStatuses: Record<string, string> = { AVAILABLE: 'SUCCEEDED', FAILED: 'FAILED', CANCELLED: 'ABORTED' };
const order = ['CREATING', 'BUILDING', 'TESTING', 'DISTRIBUTING'];

/** Faults that AWS does not take back by itself: whoever meets one has to give up. */
const lasting = ['access denied'];

export function judge(seen: Seen, strikes: Strike[]): Verdict {
  const { image, execution, struck } = seen;
  const { status, reason } = image.state;
  const published = seen.ledger.publication?.status === 'PUBLISHED';
  const orphans = left(seen, published);
  const broken = [
    ...met(struck, strikes.length),
    ...ending(seen, strikes, published),
    ...(executionStatuses[status] === execution.status ||
    strikes.some(keptFromFinishing) ||
    (published && strikes.some(killsCloud))
      ? []
      : [`the image is ${status} (${reason}), its execution ${execution.status} (${execution.error})`]),
    ...unreleased(seen.ledger).map(([key]) => `the ledger still holds ${key}`),
    ...(seen.ledger.closed ? [] : ['the ledger is open']),
    ...seen.slots.map((what) => `a copy slot is left: ${what}`),
    ...reported(seen.report),
    ...orphans.map((what) => `left behind: ${what}`),
    ...Object.entries(seen.peaks).flatMap(([what, most]) => (most > 1 ? [`${most} ${what} at a time`] : [])),
    ...effects(seen),
    ...announcements(seen, strikes),
    ...Object.values(image.timeline).flatMap(({ state, ended }) => (ended ? [] : [`${state} never ended`])),
    ...seen.faults.map((fault) => `the local cloud failed: ${fault}`),
  ];
  return { status, broken, orphans: orphans.length };
}

/** The last net has looked at everything, and has nothing to say. */
function reported(report: Seen['report']): string[] {
  if (!report) return ['the hourly sweep has not reported'];
  const { complete, problems, counts } = report;
  const said = (['live', 'leftovers', 'refused', 'orphans'] as const).filter((what) => counts[what] > 0);
  return [
    ...(complete ? [] : ['the hourly sweep had no time for everything']),
    ...said.map(
      (what) =>
        `the hourly sweep reports ${counts[what]} ${what}: ${JSON.stringify(what === 'live' ? [] : report[what])}`,
    ),
    ...problems.map((problem) => `the hourly sweep could not look at ${problem}`),
  ];
}

/** Of several faults one may end the build before the others' turn. */
const met = (struck: number, all: number) => (struck < Math.min(all, 1) ? ['the fault met no call'] : []);

/** The machine cannot say how a build ended when the function that ends it is not let in; the second net then ends the image as it is. */
const keptFromFinishing = ({ key, fault }: Strike) => lasting.includes(fault) && key.includes('finish-image');

/** Executions of a killed cloud are ended by the next one, as by StopExecution; what was published by then stays so. */
const killsCloud = ({ fault }: Strike) => (killNames as string[]).includes(fault);

function ending({ image, execution }: Seen, strikes: Strike[], published: boolean): string[] {
  const { status, reason = '' } = image.state;
  if (published !== (status === 'AVAILABLE'))
    return [`the image is ${status} (${reason}) and ${published ? '' : 'not '}published`];
  if (status === 'AVAILABLE') return reason ? [`an available image has a reason: ${reason}`] : [];
  if (status === 'CANCELLED' && strikes.some(killsCloud)) return [];
  const denied = strikes.some(({ fault }) => lasting.includes(fault));
  if (!denied) return [`the fault was transient, but the image is ${status}: ${reason}`];
  // Lambda's own word for it is the error's name only where Step Functions was not let in.
  const told = /swept|AccessDenied/.test(reason) || /AccessDenied/.test(execution.error ?? '');
  return told ? [] : [`the reason is not the true one: ${reason}`];
}

/** Everything of this build, in any region, that should not be there. */
function left({ records, image, disks, layers }: Seen, published: boolean): string[] {
  const { images, snapshots } = records;
  const outputs = published ? image.outputResources.amis.map((ami) => ami.image) : [];
  const kept = outputs.flatMap((id) => images[id]?.blockDevices.map(({ snapshotId }) => snapshotId) ?? []);
  const keptLayers = kept.flatMap((id) => snapshots[id]?.layer ?? []);
  return [
    ...belongings(records, image.arn).flatMap(({ id, what }) => ([...outputs, ...kept].includes(id) ? [] : [what])),
    ...[...disks].map((id) => `the disk of ${id}`),
    ...[...layers].filter((layer) => !keptLayers.includes(layer)).map((layer) => `layer ${layer}`),
    ...missing(records, image, published),
    ...Object.values(snapshots).flatMap(({ snapshotId, users = [] }) =>
      users.map((user) => `${snapshotId}, which ${user} may read`),
    ),
  ];
}

/** What was published and is not there as promised. */
function missing({ images }: Seen['records'], { outputResources }: Seen['image'], published: boolean): string[] {
  if (!published) return [];
  const elsewhere = outputResources.amis.filter(({ accountId }) => accountId === targetAccount);
  const there = elsewhere.filter(
    ({ image }) => images[image]?.accountId === targetAccount && images[image].state === 'available',
  );
  const absent = there.length === 2 ? [] : [`${there.length} available AMIs in account ${targetAccount}`];
  const own = regions.flatMap((region) => {
    const output = outputResources.amis.find((ami) => ami.region === region && ami.accountId !== targetAccount);
    const found = output && images[output.image];
    if (found?.state !== 'available') return [`no available AMI in ${region}`];
    const shared = found.launchPermissions.map(({ userId }) => userId).join();
    return shared === sharedWith ? [] : [`the AMI in ${region} is shared with "${shared}"`];
  });
  return [...absent, ...own];
}

/** Every script of a stage once, in order, on the instance that it was for. */
function effects({ effects: all, ledger, image }: Seen): string[] {
  if (!all) return [];
  const ran = [...all.values()];
  const doubled = ran.filter((scripts) => new Set(scripts).size < scripts.length);
  const broken = doubled.length > 0 ? ['a component had its effects twice on one instance'] : [];
  if (image.state.status !== 'AVAILABLE') return broken;
  for (const [state, count] of [
    ['LaunchBuilder', 5],
    ['LaunchTester', 3],
  ] as const) {
    const id = newest(ledger, state, 0)?.entry.id ?? '';
    const scripts = all.get(id)?.length ?? 0;
    if (scripts !== count) broken.push(`${scripts} of ${count} scripts had effects on the instance of ${state}`);
  }
  return broken;
}

/** The statuses in their order, each once, but for those that a lost answer or a killed function may tell again. */
function announcements(seen: Seen, strikes: Strike[]): string[] {
  const { announced, image } = seen;
  if (!announced) return [];
  const { status } = image.state;
  const wanted = [...order, status];
  const told = announced.filter((one, index) => one !== announced[index - 1]);
  const positions = told.map((one) => wanted.indexOf(one));
  const broken = positions.some((position, index) => position < (index === 0 ? 0 : positions[index - 1]! + 1))
    ? [`the events tell ${announced.join(', ')}`]
    : [];
  const noted = image.notes.some((note) => note.includes('event bus'));
  if (told.at(-1) !== status && !noted) broken.push(`the last event tells ${told.at(-1)}, the image is ${status}`);
  if (status === 'AVAILABLE' && told.length < wanted.length && !noted)
    broken.push(`the events tell only ${announced.join(', ')}`);
  const again = announced.length - told.length;
  if (again > 0 && !strikes.some(mayTellAgain(seen.recorded))) broken.push(`the events tell ${announced.join(', ')}`);
  return broken;
}

/**
 * Putting an event and remembering that it was put are two calls: a fault that hides the first, or comes in the way of
 * the second, repeats the event. Nothing else may.
 */
function mayTellAgain(recorded: string[]): (strike: Strike) => boolean {
  const keys = recorded.flatMap((key, index) => {
    if (!key.includes(' events.PutEvents ')) return [];
    const [caller] = key.split(' ');
    return [key, recorded.slice(index + 1).find((later) => later.startsWith(`${caller} `))];
  });
  return ({ key }) => keys.includes(key);
}
