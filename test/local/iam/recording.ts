// Builds of every kind in one cloud, good, failed, aborted and late, with every decision about what a role may do.
import type { Decision } from '../../../local/iam/access.ts';
import { toRegions } from '../../e2e/pipeline-folder.ts';
import { imageArn, shared } from './builds.ts';
import { aborted } from './scenes/aborted.ts';
import { channels } from './scenes/channels.ts';
import { approved, good, keptAndTried } from './scenes/good.ts';
import { overtaken, overtakenTogether, slotToFree } from './scenes/late.ts';
import { keyless, publications, stoppedInExport } from './scenes/publications.ts';
import { deleteWhatRefers, preflights, referring } from './scenes/registered.ts';
import { retired } from './scenes/retired.ts';
import { swept } from './scenes/swept.ts';
import { scheduled, updates } from './scenes/triggers.ts';
import { type Names, openStage, type Stage } from './stage.ts';

export type Recording = {
  decisions: Decision[];
  /** The status that each build ended with, by its name. */
  statuses: Record<string, string>;
  /** What failed in the local cloud itself. */
  faults: string[];
};

export async function record(names: Names): Promise<Recording> {
  const stage = await openStage(names);
  try {
    await play(stage);
    const { decisions, statuses, faults } = stage;
    return { decisions, statuses, faults };
  } finally {
    await stage.close();
  }
}

const minute = 60_000;

async function play(stage: Stage): Promise<void> {
  const { done, host, later, sleep } = stage;
  // All of them are loaded before the first build: how long that takes is nothing that the cloud's clock knows of.
  for (const { name } of host.list()) await host.invoke(name, '"nothing"');
  // While there is no pipeline yet, the weekly rule starts none.
  await done('start-build', { default: true, trigger: 'schedule', scheduledTime: '2026-01-01T00:00:00Z' });
  await Promise.all([good(stage), approved(stage, imageArn('good'))]);
  await updates(stage);
  await referring(stage);
  await preflights(stage);
  slotToFree(stage, 'CleanupRole', 'broken');
  slotToFree(stage, 'SweepRole', 'swept-in-test');
  const inTwoRegions = { distributionConfiguration: { channel: 'prod', ...toRegions('us-east-1', 'eu-west-1') } };
  await Promise.all([
    ...[aborted(stage), keptAndTried(stage), scheduled(stage), publications(stage), keyless(stage)],
    ...[overtaken(stage, 'RunInstances'), overtaken(stage, 'SendCommand')],
    // Cleanup puts a channel back once nobody can be at it any more: after two minutes.
    overtaken(stage, 'PutParameter', inTwoRegions, 'late-channel'),
  ]);
  await stoppedInExport(stage);
  await Promise.all([
    overtaken(stage, 'CreateImage'),
    overtaken(stage, 'ModifyImageAttribute', shared('us-east-1', 'eu-west-1')),
    ...[overtakenTogether(stage), swept(stage)],
  ]);
  await channels(stage);
  await deleteWhatRefers(stage);
  await retired(stage);
  later('sweep', { dryRun: 'perhaps' });
  for (const name of ['cleanup', 'resume-build', 'start-build']) later(name, { 'detail-type': 'not ours' });
  // Two further tries, and the dead-letter queue.
  await sleep(10 * minute);
}
