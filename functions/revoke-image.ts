// Takes an image back, asked by a person or a program.
import { channelGateways } from '../shared/phase/channel-gateways.ts';
import { revokeInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';
import { revokeImage } from '../shared/phase/revoke-image.ts';
import { registry } from '../shared/store/registry.ts';
import { revocations } from '../shared/store/revocations.ts';

const gateways = channelGateways();
const all = { ...gateways, ...registry(gateways.table), revocations: revocations(gateways.table) };

export const handler = phase(revokeInput, (input, lambda) => revokeImage(all, input, lambda));
