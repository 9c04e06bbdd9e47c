// The Map state, inline: the item processor runs once for each item, so many at a time.
import type { Json, MapState } from '../definition.ts';
import { RuntimeFault } from '../failure.ts';
import { type Readable, readPath } from '../path.ts';
import { Stopped, type Visit } from '../run.ts';
import { fillTemplate } from '../template.ts';
import { runStates } from '../visit.ts';
import { type Side, together } from './together.ts';

/** What inline mode runs at most at a time. */
const mostAtATime = 40;

export async function runMap(visit: Visit, state: MapState, from: Readable): Promise<Json> {
  const { run, line } = visit;
  const items = state.ItemsPath === undefined ? from.data : readPath(state.ItemsPath, from);
  if (!Array.isArray(items)) throw new RuntimeFault(`Reference path "${state.ItemsPath ?? '$'}" must point to array.`);
  run.history.add(line.trail, 'MapStateStarted', { length: items.length });
  const outputs: Json[] = [];
  const queue = items.entries();
  const finished = { last: line.trail.last };
  const worker = async (side: Side): Promise<void> => {
    for (const [Index, Value] of queue) {
      if (side.scope.stopped) return;
      const item = { Index, Value };
      const before = await runIteration(visit, state, from, item, side, (output) => {
        outputs[Index] = output;
      });
      // AWS lets the next iteration follow the last state of the one before, and the end of the map its MapIterationSucceeded.
      finished.last = side.trail.last;
      side.trail.last = before;
    }
    side.trail.last = finished.last;
  };
  const atATime = Math.min(items.length, state.MaxConcurrency || mostAtATime, mostAtATime);
  await together(line.scope, line.trail, Array(atATime).fill(worker));
  run.history.aside(line.trail.last, 'MapStateSucceeded');
  return outputs;
}

async function runIteration(
  visit: Visit,
  state: MapState,
  from: Readable,
  item: { Index: number; Value: Json },
  side: Side,
  done: (output: Json) => void,
): Promise<number> {
  const { run, line, name } = visit;
  const details = { name, index: item.Index };
  run.history.add(side.trail, 'MapIterationStarted', details);
  try {
    const context = { ...visit.context, Map: { Item: item } };
    const input =
      state.ItemSelector === undefined ? item.Value : fillTemplate(state.ItemSelector, { data: from.data, context });
    done(await runStates(run, state.ItemProcessor, input, { ...line, ...side, item, nested: true }));
  } catch (error) {
    const aborted = error instanceof Stopped;
    if (!aborted) run.history.aside(side.trail.last, 'MapIterationFailed', details);
    else if (error.eventId !== undefined) run.history.aside(error.eventId, 'MapIterationAborted', details);
    throw error;
  }
  const before = side.trail.last;
  run.history.add(side.trail, 'MapIterationSucceeded', details);
  return before;
}
