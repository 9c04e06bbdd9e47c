// The real gateways of what moves channels.
import { setTimeout as pause } from 'node:timers/promises';
import { amisOf } from '../aws/amis.ts';
import { environment } from '../aws/environment.ts';
import { notices } from '../aws/notices.ts';
import { imageParametersOf } from '../aws/parameters.ts';
import { channels } from '../store/channels.ts';
import { perRegion, storeGateways } from './gateways.ts';

export function channelGateways() {
  const store = storeGateways();
  return {
    ...store,
    accountId: environment.accountId,
    amis: perRegion(amisOf),
    channels: channels(store.table),
    imageParameters: perRegion(imageParametersOf),
    notices: notices(environment.eventBusName),
    pause: (milliseconds: number) => pause(milliseconds),
  };
}
