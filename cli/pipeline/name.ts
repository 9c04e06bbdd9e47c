// A pipeline as users name it: by name or by ARN.
import { parseArn } from '../../shared/model/arns.ts';
import { isName } from '../../shared/model/names.ts';
import { CommandError } from '../command-error.ts';

export function pipelineName(reference: string): string {
  const arn = parseArn(reference);
  if (arn?.type === 'image-pipeline') return arn.name;
  if (!arn && isName(reference)) return reference;
  throw new CommandError(`${reference} is neither the name nor the ARN of a pipeline.`, { exitCode: 2 });
}
