// The real gateways of what moves channels.
import { setTimeout as pause } from 'node:timers/promises';
import { amisOf } from '../aws/amis.ts';
import { environment } from '../aws/environment.ts';
import { notices } from '../aws/notices.ts';
import { publishedParametersOf } from '../aws/published-parameters.ts';
import type { Table } from '../aws/table.ts';
import { channels } from '../store/channels.ts';
import { perRegion, storeGateways } from './gateways.ts';

/** What channels are moved through, beside images, ledgers and AMIs. */
export const channelReach = (table: Table) => ({
  channels: channels(table),
  imageParameters: perRegion((region) => publishedParametersOf(region)),
  pause: (milliseconds: number) => pause(milliseconds),
});

export function channelGateways() {
  const store = storeGateways();
  return {
    ...store,
    accountId: environment.accountId,
    amis: perRegion(amisOf),
    ...channelReach(store.table),
    notices: notices(environment.eventBusName),
  };
}
