// The Parallel state: every branch gets the same input, the result is the list of their outputs.
import type { Json, ParallelState } from '../definition.ts';
import type { Readable } from '../path.ts';
import type { Visit } from '../run.ts';
import { fillTemplate } from '../template.ts';
import { runStates } from '../visit.ts';
import { type Side, together } from './together.ts';

export async function runParallel({ run, line }: Visit, state: ParallelState, from: Readable): Promise<Json> {
  const input = state.Parameters === undefined ? from.data : fillTemplate(state.Parameters, from);
  run.history.add(line.trail, 'ParallelStateStarted');
  const outputs: Json[] = [];
  const sides = state.Branches.map((branch, index) => async (side: Side) => {
    outputs[index] = await runStates(run, branch, input, { ...line, ...side, nested: true });
  });
  await together(line.scope, line.trail, sides);
  run.history.aside(line.trail.last, 'ParallelStateSucceeded');
  return outputs;
}
