// Freezes the plan: everything a build decides before it makes its first resource.
import type { InstanceTypes } from '../aws/instance-types.ts';
import { architectureProblem } from '../build/architecture.ts';
import { assertAccount } from '../build/destinations.ts';
import { type PlanSource, planFrom } from '../build/plan-from-source.ts';
import { needsChecks } from '../build/preflight.ts';
import { type CompiledStages, compileStages, type Document } from '../build/scripts.ts';
import { InvalidDocumentError, InvalidRequestError, NotFoundError } from '../errors.ts';
import type { Ancestry } from '../model/ancestry.ts';
import { parseArn } from '../model/arns.ts';
import type { ImageRecord } from '../model/image-record.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { type NameAndVersion, parseComponentReference } from '../model/references.ts';
import type { ComponentRecord, Components } from '../store/components.ts';
import type { Inventories } from '../store/inventories.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Pipelines } from '../store/pipelines.ts';
import type { Plans } from '../store/plans.ts';
import { adoptAmi } from './adopt-ami.ts';
import { ancestryOf } from './ancestry.ts';
import { type Announcer, advance } from './announce.ts';
import { sourceOf } from './build-source.ts';
import { withDeviceKeys } from './device-keys.ts';
import { type Distributing, distributableProblems } from './distributable.ts';
import { makePlan, type Parent, type Planning } from './make-plan.ts';
import { isAt } from './own-references.ts';
import type { Lambda } from './phase.ts';
import { type Resolving, resolveParent } from './resolve-parent.ts';
import { assertOriginStands, type StartingFrom, startFrom } from './start-from.ts';
import { inState, isoTime } from './timeline.ts';

export type Preparing = Announcer &
  Resolving &
  StartingFrom &
  Planning &
  Distributing & {
    pipelines: Pipelines;
    components: Components;
    plans: Plans;
    inventories: Inventories;
    instanceTypes: InstanceTypes;
    /** The accounts beside its own that images may go to. */
    accounts: string[];
    ledgers: Ledgers;
    stackId: string;
    now(): number;
  };

/** What the machine needs to know of the plan: positions and a switch. */
export type Prepared = {
  /** Whether anything of the distribution has to be asked about before the build. */
  checkNeeded: boolean;
  /** False where there is an AMI already. */
  buildNeeded: boolean;
  build: number[];
  test: number[];
  imageTestsEnabled: boolean;
  copyDuringTests: number[];
  copyAfterTests: number[];
  approvalNeeded: boolean;
  /** Regions whose AMI is exported to S3. */
  exports: number[];
};

const positions = (list: unknown[]) => list.map((_, index) => index);

const state = 'PrepareImage';

export async function prepareImage(
  preparing: Preparing,
  { image }: { image: string },
  { until }: Lambda,
): Promise<Prepared> {
  return await inState(preparing, image, { state }, () => prepare(preparing, image, until));
}

async function prepare(preparing: Preparing, image: string, until: number): Promise<Prepared> {
  const { images, pipelines, plans, region } = preparing;
  await advance(preparing, image, 'CREATING');
  const record = await images.read(image);
  const registered = await pipelines.frozen(image);
  const { pipeline, files } = registered;
  const source = await sourceOf(preparing, record);
  const [parent, documents] = await Promise.all([
    source?.ami ?? resolveParent(preparing, pipeline.imageRecipe.parentImage, region),
    Promise.all(pipeline.imageRecipe.components.map(({ component }) => readDocument(preparing, component))),
  ]);
  const { stages, nested } = await compiled(preparing, image, (run) =>
    compileStages(image, pipeline, documents, files, run),
  );
  if (stages.problems.length > 0) throw new InvalidDocumentError(stages.problems.join('; '));
  if (!source) await checkArchitecture(preparing, pipeline, parent);
  await assertMayStart(preparing, record, source ?? { ami: parent, region });
  const built = makePlan(preparing, record, pipeline, parent, stages.commands);
  const plan = await withDeviceKeys(preparing, source ? planFrom(source, built) : built);
  for (const { accountId } of plan.distributions) assertAccount(preparing.accounts, accountId);
  const problems = await distributableProblems(preparing, plan, source);
  if (problems.length > 0) throw new InvalidRequestError(problems.map(({ message }) => message).join(' '));
  await plans.write(plan, source ? { ...stages.scripts, build: [] } : stages.scripts);
  // Last: what failed before leaves the AMI to the image that keeps it.
  if (source?.kept) await adoptAmi(preparing, { image, from: source.kept, region, until });
  const notes = parent.description && !source ? [`Parent image ${parent.id}: ${parent.description}`] : [];
  await images.note(image, notes);
  const ancestry = source ? await sameAs(preparing, record) : ancestryOf(registered, parent, documents, nested);
  if (ancestry) await images.descend(image, ancestry);
  // What is not built contains what its source does.
  const from = record.retryOf ?? record.distributionOf?.from;
  const inventory = from && (await preparing.inventories.find(from));
  if (inventory) await preparing.inventories.put(image, inventory);
  await images.finish(image, state, { ended: isoTime(preparing) });
  const during = pipeline.distributionConfiguration.copyDuringTests;
  return {
    checkNeeded: needsChecks(plan, record.dateCreated),
    buildNeeded: source === undefined,
    build: positions(plan.build),
    test: positions(plan.test),
    imageTestsEnabled: plan.imageTestsEnabled,
    copyDuringTests: during ? plan.copies : [],
    copyAfterTests: during ? [] : plan.copies,
    approvalNeeded: plan.approval !== undefined,
    exports: positions(plan.distributions).filter((index) => plan.distributions[index]!.s3ExportConfiguration),
  };
}

/** The AMI that a failed image keeps for a retry is its own, and only what that was made of is asked about. */
async function assertMayStart(preparing: Preparing, record: ImageRecord, from: PlanSource): Promise<void> {
  if (!record.retryOf) return startFrom(preparing, record.arn, from);
  await assertOriginStands(preparing, await preparing.images.read(record.retryOf));
}

/** What is not built anew is made of what the image was made of that it goes on from. */
async function sameAs({ images }: Preparing, { retryOf, distributionOf }: ImageRecord): Promise<Ancestry | undefined> {
  const before = retryOf ?? distributionOf?.from;
  return before ? (await images.read(before)).ancestry : undefined;
}

async function checkArchitecture({ instanceTypes }: Preparing, pipeline: Pipeline, parent: Parent): Promise<void> {
  const types = pipeline.infrastructureConfiguration.instanceTypes;
  if (types.length === 0) return;
  const problem = architectureProblem(parent, types, await instanceTypes.architectures(types));
  if (problem) throw new InvalidRequestError(problem);
}

/** Compiles again for as long as documents that others run turn out to be registered components; the compiler bounds their depth. */
async function compiled(
  { components }: Preparing,
  image: string,
  compile: (nested: Map<string, Document>) => CompiledStages,
): Promise<{ stages: CompiledStages; nested: (ComponentRecord & { reference: string })[] }> {
  const nested = new Map<string, ComponentRecord>();
  for (;;) {
    const stages = compile(nested);
    let added = false;
    for (const reference of new Set(stages.missing)) {
      const component = registeredComponent(reference, image);
      const found = component && (await components.find(component.name, component.version));
      if (!found) continue;
      nested.set(reference, found);
      added = true;
    }
    if (!added) return { stages, nested: [...nested].map(([reference, found]) => ({ ...found, reference })) };
  }
}

/** `name/x.x.x`, or the ARN of a component of this account and region, as ExecuteDocument names it. */
function registeredComponent(reference: string, image: string): NameAndVersion | undefined {
  const parsed = parseComponentReference(reference);
  return parsed?.kind === 'registered' && isAt(parseArn(image)!, reference) ? parsed : undefined;
}

async function readDocument({ components }: Preparing, reference: string): Promise<ComponentRecord> {
  const parsed = parseComponentReference(reference);
  if (parsed?.kind !== 'registered')
    throw new InvalidRequestError(`The component ${reference} is not a registered component, name/x.x.x.`);
  const found = await components.find(parsed.name, parsed.version);
  if (found) return found;
  throw new NotFoundError(
    `There is no component ${reference}: register it, or name its document by path in the pipeline file.`,
  );
}
