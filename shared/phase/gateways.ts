// The real gateways, one getter each, so that a function bundles and connects only what it names.
import { environment } from '../aws/environment.ts';
import { executions } from '../aws/executions.ts';
import { metrics } from '../aws/metrics.ts';
import { dynamoTable } from '../aws/table.ts';
import { InvalidRequestError } from '../errors.ts';
import { copySlots } from '../store/copy-slots.ts';
import { images } from '../store/images.ts';
import { inventories } from '../store/inventories.ts';
import { launchTurns } from '../store/launch-turns.ts';
import { ledgers } from '../store/ledgers.ts';
import { plans } from '../store/plans.ts';
import { publishedImages } from '../store/published-images.ts';
import { updateSubjects } from '../store/update-subjects.ts';
import { waits } from '../store/waits.ts';
import { copyQueue } from './copy-slot.ts';

export const now = () => Date.now();

/** What the store keeps of builds. */
export function storeGateways() {
  const table = dynamoTable(environment.tableName);
  return {
    table,
    images: images(table),
    inventories: inventories(table),
    ledgers: ledgers(table),
    plans: plans(table),
    publishedImages: publishedImages(table),
    metrics: metrics(),
    updateSubjects: updateSubjects(table),
    now,
  };
}

/** The store with what waiting needs. */
export function waitingGateways() {
  const store = storeGateways();
  return { ...store, waits: waits(store.table), executions: executions() };
}

/** The store with what waiting needs and the line of launches. */
export function launchingGateways() {
  const store = waitingGateways();
  return { ...store, launchTurns: launchTurns(store.table), launchesPerSecond: environment.launchesPerSecond };
}

/** The store with what waiting needs and the copy queue. */
export function copyingGateways() {
  const store = waitingGateways();
  const slots = copySlots(store.table);
  const { copyLimits: limits, copyLimit, accountId } = environment;
  const queue = copyQueue({ copySlots: slots, executions: store.executions, limits, accountId, now });
  return { ...store, copySlots: slots, copyQueue: queue, copyLimit, accountId };
}

/** One gateway per region of the stack's own account, made when it is first asked for. */
export function perRegion<Gateway>(make: (region: string) => Gateway): (region: string, accountId?: string) => Gateway {
  const made = new Map<string, Gateway>();
  return (region, accountId) => {
    if (accountId) throw new InvalidRequestError(`This function has nothing to do in account ${accountId}.`);
    const known = made.get(region) ?? make(region);
    made.set(region, known);
    return known;
  };
}
