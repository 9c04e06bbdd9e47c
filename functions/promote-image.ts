// Puts an image into a channel, asked by a person or a program.
import { channelGateways } from '../shared/phase/channel-gateways.ts';
import { promoteInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { promoteImage } from '../shared/phase/promote-image.ts';

const gateways = channelGateways();

export const handler = phase(promoteInput, (input, lambda) => promoteImage(gateways, input, lambda));
