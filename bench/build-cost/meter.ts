// Counts what the functions of a build ask of AWS: calls by service, and the capacity of the table as DynamoDB tells it, its index's share of writes added.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Call } from '../../local/hooks.ts';
import type { Meter } from '../../test/faults/world.ts';
import { countedRun } from '../shared/capacity.ts';

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
        const ran = await countedRun(store, operation, input, kind === 'writes');
        const indexed = ran.indexed.reduce((sum, { units }) => sum + units, 0);
        counts[kind] += ran.units + indexed;
        counts.indexed += indexed;
        if ('failure' in ran) throw ran.failure;
        return ran.output;
      },
    }),
  };
}
