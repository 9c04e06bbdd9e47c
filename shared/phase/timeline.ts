// Keeps an image's timeline: a state is begun before it works, and ended where it fails for good.
import { retriedErrors } from '../build/outcome.ts';
import type { TimelineEntry } from '../model/image-record.ts';
import type { Images } from '../store/images.ts';

export type Timekeeping = { images: Images; now(): number };

/** The time as records hold it. */
export const isoTime = ({ now }: Pick<Timekeeping, 'now'>) => new Date(now()).toISOString();

/** Key of a state, or of one item of a Map, in the timeline: `LaunchBuilder`, `RunComponent#2`. */
export const timelineKey = ({ state, index }: Pick<TimelineEntry, 'state' | 'index'>) =>
  index === undefined ? state : `${state}#${index}`;

/**
 * Runs one state of the machine. An error after which the machine does not try again ends the timeline's entry and is
 * remembered as what failed; CancelledError is not, since something else ended the build then.
 */
export async function inState<T>(
  keeping: Timekeeping,
  image: string,
  entry: Omit<TimelineEntry, 'started'>,
  act: (begun: TimelineEntry) => Promise<T>,
): Promise<T> {
  const begun = await keeping.images.begin(image, timelineKey(entry), { ...entry, started: isoTime(keeping) });
  return await failing(keeping, image, entry, () => act(begun));
}

/** Begins the entry with these facts, or adds them to the one that stands. */
export type Tell = (facts: Partial<TimelineEntry>) => Promise<void>;

/**
 * As `inState`, for a state that makes one thing by one quick call: its entry begins with that thing, in one write in
 * place of two, and without it where the call fails. `act` tells before anything else may end the entry.
 */
export async function inQuickState<T>(
  keeping: Timekeeping,
  image: string,
  entry: Omit<TimelineEntry, 'started'>,
  act: (tell: Tell) => Promise<T>,
): Promise<T> {
  const key = timelineKey(entry);
  const started = isoTime(keeping);
  let begun: TimelineEntry | undefined;
  const tell: Tell = async (facts) => {
    begun ??= await keeping.images.begin(image, key, { ...entry, started, ...facts });
    const stands: Partial<TimelineEntry> = begun;
    const isTold = Object.entries(facts).every(([name, value]) => stands[name as keyof TimelineEntry] === value);
    if (!isTold) await keeping.images.describe(image, key, facts);
  };
  return await failing(keeping, image, entry, async () => {
    try {
      return await act(tell);
    } catch (error) {
      // A build that has ended gets no entry more: nothing would end it.
      if (!begun && (error as Error).name !== 'CancelledError') await tell({});
      throw error;
    }
  });
}

async function failing<T>(
  keeping: Timekeeping,
  image: string,
  entry: Pick<TimelineEntry, 'state' | 'index'>,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const { name } = error as Error;
    if (!retriedErrors.includes(name) && name !== 'CancelledError') await failState(keeping, image, timelineKey(entry));
    throw error;
  }
}

/** Ends a timeline entry whose state failed for good. */
export async function failState(
  keeping: Timekeeping,
  image: string,
  key: string,
  facts: Partial<TimelineEntry> = {},
): Promise<void> {
  await keeping.images.finish(image, key, { ...facts, ended: isoTime(keeping) });
  await keeping.images.fail(image, key.split('#')[0]!);
}
