// After the verdict and all copies: what consumers see, in all regions or in none.
import { amisOf } from '../shared/aws/amis.ts';
import { environment } from '../shared/aws/environment.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { perPlace, publishingReach } from '../shared/phase/places.ts';
import { publishImage } from '../shared/phase/publish-image.ts';

const gateways = {
  ...storeGateways(),
  ...publishingReach(),
  amis: perPlace(amisOf),
  stackId: environment.stackId,
  stackName: environment.stackName,
};

export const handler = phase(imageInput, (input, lambda) => publishImage(gateways, input, lambda));
