// After the verdict and all copies: what consumers see, in all regions or in none.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import { channelReach } from '../shared/phase/channel-gateways.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace, publishingReach } from '../shared/phase/places.ts';
import { publishImage } from '../shared/phase/publish-image.ts';

const store = storeGateways();
const gateways = {
  ...store,
  ...publishingReach(),
  ...channelReach(store.table),
  amis: perPlace(amisOf),
  notices: notices(environment.eventBusName),
  stackId: environment.stackId,
  stackName: environment.stackName,
};

export const handler = phase(imageInput, (input, lambda) => publishImage(gateways, input, lambda));
