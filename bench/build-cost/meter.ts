// Counts what the functions of a build ask of AWS: calls by service, and the capacity of the table as DynamoDB tells it, its index's share of writes added.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call } from '../../local/hooks.ts';
import type { Meter } from '../../test/faults/world.ts';
import { indexWrites, refusedUnits } from '../shared/index-writes.ts';

/** `indexed`: what of the writes is the index's. */
export type Counts = {
  reads: number;
  writes: number;
  indexed: number;
  invocations: number;
  events: number;
  ec2: number;
  ssm: number;
};

/** Who only watches the build, and the nets that look once an hour whatever is built. */
const others = /:root$|Sweep/;
const writing = /^(?:Put|Update|Delete|BatchWrite)Item$/;
const reading = /^(?:Get|BatchGet)Item$|^Query$/;

export function meter(counts: Counts): Meter {
  const calls = new AsyncLocalStorage<Call>();
  const counted = (call: Call | undefined) => call !== undefined && !others.test(call.caller.principalArn);
  return {
    intercept(call, act) {
      if (counted(call)) {
        if (call.operation === 'Invoke') counts.invocations += 1;
        if (call.operation === 'PutEvents') counts.events += 1;
        if (call.service === 'ec2' || call.service === 'ssm') counts[call.service] += 1;
      }
      return calls.run(call, act);
    },
    tables: (store) => ({
      ...store,
      async run(operation, input) {
        const kind = writing.test(operation) ? 'writes' : reading.test(operation) ? 'reads' : undefined;
        if (!kind || !counted(calls.getStore())) return store.run(operation, input);
        const asked = { ...input, ReturnConsumedCapacity: 'TOTAL' };
        const ran =
          kind === 'writes'
            ? await indexWrites(store, operation, asked).catch(async (error) => {
                counts.writes += await refusedUnits(store, operation, input, error);
                throw error;
              })
            : { output: await store.run(operation, asked), writes: [] };
        const { ConsumedCapacity, ...output } = ran.output;
        for (const { units } of ran.writes) {
          counts.writes += units;
          counts.indexed += units;
        }
        for (const { CapacityUnits } of [ConsumedCapacity].flat() as { CapacityUnits: number }[])
          counts[kind] += CapacityUnits;
        return output;
      },
    }),
  };
}
