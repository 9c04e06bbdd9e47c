// What the state machine sends to the phases: ids and small enums only.
import * as z from 'zod';
import { parseArn } from '../model/arns.ts';

export const imageArnSchema = z.string().refine((text) => {
  const arn = parseArn(text);
  return arn?.type === 'image' && arn.build !== undefined;
}, 'expected the ARN of an image build version');

const token = z.string().min(1).max(2048);
const index = z.int().min(0).max(999);

export const imageInput = z.object({ image: imageArnSchema });
export const waitingInput = imageInput.extend({ token });
export const regionInput = waitingInput.extend({ index });
export const componentInput = regionInput.extend({ stage: z.enum(['build', 'test']) });
