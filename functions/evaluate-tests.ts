// The verdict over the tests: every test ran, this one decides.
import { environment } from '../shared/aws/environment.ts';
import { notices } from '../shared/aws/notices.ts';
import { evaluateTests } from '../shared/phase/evaluate-tests.ts';
import { storeGateways } from '../shared/phase/gateways.ts';
import { imageInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = { ...storeGateways(), notices: notices(environment.eventBusName) };

export const handler = phase(imageInput, (input) => evaluateTests(gateways, input));
