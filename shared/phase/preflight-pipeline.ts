// Checks the distribution of a pipeline as it would be built now, and starts nothing.
import { needsChecks } from '../build/preflight.ts';
import { type Home, imageArn } from '../model/arns.ts';
import type { PreflightInput, PreflightReport } from '../model/preflight.ts';
import type { BuildNumbers } from '../store/build-numbers.ts';
import type { Registry } from '../store/registry.ts';
import { withDeviceKeys } from './device-keys.ts';
import { type Distributing, distributableProblems } from './distributable.ts';
import { makePlan, type Planning } from './make-plan.ts';
import { type Asking, findingsOf } from './preflight/check.ts';
import { checksOf } from './preflight/checks.ts';
import { type Resolving, resolveParent } from './resolve-parent.ts';
import { resolvePipeline } from './resolve-pipeline.ts';
import { isoTime } from './timeline.ts';

export type PreflightGateways = Asking &
  Resolving &
  Planning &
  Distributing &
  Pick<Registry, 'pipelines' | 'imageRecipes' | 'configurations'> & {
    buildNumbers: Pick<BuildNumbers, 'upcoming'>;
    home: Home;
    now(): number;
  };

/** NotFoundError or InvalidRequestError where there would be no plan: no such pipeline, recipe or parent image. */
export async function preflightPipeline(
  gateways: PreflightGateways,
  { imagePipelineName: name }: PreflightInput,
): Promise<PreflightReport> {
  const { home, region, pipelines, buildNumbers } = gateways;
  const { pipeline } = await resolvePipeline(gateways, await pipelines.read(name));
  const { name: recipe, semanticVersion, parentImage } = pipeline.imageRecipe;
  const [parent, build] = await Promise.all([
    resolveParent(gateways, parentImage, region),
    buildNumbers.upcoming(recipe, semanticVersion),
  ]);
  const dateCreated = isoTime(gateways);
  const version = `${semanticVersion}/${build}`;
  const record = { arn: imageArn(home, recipe, semanticVersion, build), version, dateCreated, logGroupName: '' };
  const plan = await withDeviceKeys(gateways, makePlan(gateways, record, pipeline, parent, { build: [], test: [] }));
  const checks = needsChecks(plan, dateCreated) ? checksOf(gateways, plan, dateCreated) : [];
  const [undistributable, { problems, unchecked, warnings }] = await Promise.all([
    distributableProblems(gateways, plan),
    findingsOf(checks),
  ]);
  return {
    imagePipelineName: pipeline.name,
    checked: checks.length,
    problems: [...undistributable, ...problems],
    unchecked,
    warnings,
  };
}
