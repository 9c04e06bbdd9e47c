// Registers a pipeline: what it refers to must be there, and fit together.
import { contentHash } from '../build/content-hash.ts';
import { assertAccount, assertParametersOnce, destinations } from '../build/destinations.ts';
import { sharingProblem } from '../build/sharing.ts';
import { assertFires } from '../build/wanted-schedule.ts';
import { InvalidRequestError } from '../errors.ts';
import { imagePipelineArn } from '../model/arns.ts';
import type { Pipeline, PipelineDefinition } from '../model/pipeline-schema.ts';
import type { PutResourcesRequest } from '../model/put-resources.ts';
import type { Subject } from '../store/update-subjects.ts';
import { fixedScheduleWarnings } from './fixed-schedule.ts';
import { ownReference } from './own-references.ts';
import { type PutComponent, settledRecipe } from './put-recipe.ts';
import { parentNews } from './recipe-followers.ts';
import { assertNoCircle, registerSchedule } from './register-schedule.ts';
import { isoNow, type Registering } from './registering.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { sharedTargetWarnings } from './shared-targets.ts';
import { logGroupName } from './start-build.ts';

/** Seconds for which a registration can be built after another has taken its place. */
const remembered = 7 * 24 * 60 * 60;

export async function putPipeline(
  registering: Registering,
  { files = [], dryRun = false }: PutResourcesRequest,
  asked: PipelineDefinition,
  put: PutComponent[],
) {
  const { home, pipelines, stackName } = registering;
  const pipeline = await settledPipeline(registering, asked, put);
  const hash = contentHash({ pipeline, files });
  const before = await pipelines.find(pipeline.name);
  // One that was disabled by its failures still has the hash of what its author wrote.
  const same = before?.hash === hash && before.pipeline.status === pipeline.status;
  // One that was registered in time stays, and so may be applied again.
  if (!same) assertFires(pipeline, `pipeline ${pipeline.name}`, registering.now());
  const dateUpdated = same ? before.dateUpdated : isoNow(registering);
  const record = { pipeline, files, hash, dateUpdated };
  const { pipeline: whole } = await resolvePipeline(registering, record);
  assertShareable(registering, whole);
  await assertNoCircle(registering, whole);
  if (!dryRun) await registering.logGroups.ensure(logGroupName(stackName, pipeline.name), registering.logRetentionDays);
  if (!dryRun) await registering.updateSubjects.add(pipeline.name, newsFor(whole));
  await pipelines.put(pipeline.name, record, Math.floor(registering.now() / 1000) + remembered);
  if (!dryRun) await registerSchedule(registering, whole);
  const change = same ? ('unchanged' as const) : before ? ('updated' as const) : ('created' as const);
  const warnings = [
    ...(await fixedScheduleWarnings(registering.components, pipeline, whole)),
    ...(await sharedTargetWarnings(registering, whole, home.accountId)),
  ];
  return { imagePipelineArn: imagePipelineArn(home, pipeline.name), contentHash: hash, change, warnings };
}

/** What news a pipeline waits for, whatever its images contain: of listed packages, and of its parent image. */
const newsFor = (pipeline: Pipeline): Subject[] => [
  ...(pipeline.packageUpdates ?? []).map((name): Subject => `package#${name}`),
  ...parentNews(pipeline),
];

/** What the pipeline itself says of encryption; PrepareImage knows the parent image and the account's defaults too. */
export function assertShareable(
  { home, accounts }: Pick<Registering, 'home' | 'accounts'>,
  { imageRecipe, distributionConfiguration }: Pick<Pipeline, 'imageRecipe' | 'distributionConfiguration'>,
): void {
  const { blockDeviceMappings } = imageRecipe;
  const source = { homeRegion: home.region, blockDeviceMappings, parentDevices: [] };
  const all = destinations(distributionConfiguration.distributions, home, {}, () => '');
  assertParametersOnce(all, home.accountId);
  for (const to of all) {
    assertAccount(accounts, to.accountId);
    const problem = sharingProblem(to, source, () => ({ encrypted: false }));
    if (problem) throw new InvalidRequestError(problem);
  }
}

/** References by name, those to resources of this account; its own recipe as any other. */
async function settledPipeline(
  registering: Registering,
  pipeline: PipelineDefinition,
  put: PutComponent[],
): Promise<PipelineDefinition> {
  const {
    imageRecipe,
    infrastructureConfiguration: infrastructure,
    distributionConfiguration: distribution,
  } = pipeline;
  const own = (reference: string) => ownReference(registering.home, reference);
  return {
    ...pipeline,
    imageRecipe:
      typeof imageRecipe === 'string' ? own(imageRecipe) : await settledRecipe(registering, imageRecipe, put),
    infrastructureConfiguration: typeof infrastructure === 'string' ? own(infrastructure) : infrastructure,
    distributionConfiguration: typeof distribution === 'string' ? own(distribution) : distribution,
  };
}
