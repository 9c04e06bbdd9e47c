// `images deprecate | disable | restore | delete`: one image, with the guards of lifecycle policies.
import type { ImageAction } from '../../shared/model/lifecycle.ts';
import { processOutput } from '../output.ts';
import { lifecycleLines, wentWell } from '../report/lifecycle-report.ts';
import { type StackOptions, withStack } from '../session.ts';
import { findImage } from './find-image.ts';

export type RetireOptions = StackOptions & {
  dryRun?: boolean;
  reason?: string;
  keepSnapshots?: boolean;
  output: 'text' | 'json';
};

export async function retire(reference: string, action: ImageAction, options: RetireOptions): Promise<number> {
  const output = processOutput('json');
  const { dryRun = false, reason, keepSnapshots = false } = options;
  const [report] = await withStack(options, output, async ({ stack }) => {
    const { arn: image } = await findImage(stack, reference);
    return stack.applyLifecycle({ image, action, dryRun, snapshots: !keepSnapshots, ...(reason && { reason }) });
  });
  if (options.output === 'json') output.json(report);
  else lifecycleLines(report!).forEach(output.out);
  const [decision] = report!.decisions;
  return wentWell(report!) && decision?.action !== undefined ? 0 : 1;
}
