// Ensures that the AMI of one region is exported to S3 and waits until the file is there.
import { environment } from '../shared/aws/environment.ts';
import { exportsOf } from '../shared/aws/exports.ts';
import { exportImage } from '../shared/phase/export-image.ts';
import { perRegion, waitingGateways } from '../shared/phase/gateways.ts';
import { regionInput } from '../shared/phase/inputs.ts';
import { phase } from '../shared/phase/phase.ts';

const gateways = { ...waitingGateways(), exports: perRegion(exportsOf), stackId: environment.stackId };

export const handler = phase(regionInput, (input, lambda) => exportImage(gateways, input, lambda));
