// Registers a pipeline with its component documents and files; the same again changes nothing.
import { createHash } from 'node:crypto';
import type { LogGroups } from '../aws/log-groups.ts';
import { sharingProblem } from '../build/sharing.ts';
import { checkDocument } from '../component/check-document.ts';
import { InvalidDocumentError, InvalidRequestError, NotFoundError } from '../errors.ts';
import { componentArn, type Home, imagePipelineArn, parseArn } from '../model/arns.ts';
import { normalisedName } from '../model/names.ts';
import type { PutResourcesInput, PutResourcesOutput } from '../model/put-resources.ts';
import { parseComponentReference } from '../model/references.ts';
import { parentSources } from '../software/parent-family.ts';
import type { Components } from '../store/components.ts';
import type { Pipelines } from '../store/pipelines.ts';
import type { Subject, UpdateSubjects } from '../store/update-subjects.ts';
import { assertNoCircle, registerSchedule, type Scheduling } from './register-schedule.ts';
import { logGroupName } from './start-build.ts';

export type Registering = Scheduling & {
  pipelines: Pipelines;
  components: Components;
  updateSubjects: UpdateSubjects;
  logGroups: LogGroups;
  home: Home;
  stackName: string;
  logRetentionDays: number;
  now(): number;
};

type Put = PutResourcesOutput['components'][number] & { version: string; build: number };

/** Seconds for which a registration can be built after another has taken its place. */
const remembered = 7 * 24 * 60 * 60;

export async function putResources(registering: Registering, input: PutResourcesInput): Promise<PutResourcesOutput> {
  const problems = input.components.flatMap(({ name, data }) =>
    checkDocument(data).diagnostics.flatMap(({ severity, code, message }) =>
      severity === 'error' ? [`Component ${name}: ${code}: ${message}`] : [],
    ),
  );
  if (problems.length > 0) throw new InvalidDocumentError(told(problems));
  assertOwnParent(registering.home, input.pipeline.imageRecipe.parentImage);
  assertShareable(registering.home, input.pipeline);
  await assertNoCircle(registering, input.pipeline);
  const put = await Promise.all(input.components.map((component) => putComponent(registering, component)));
  const pipeline = { ...input.pipeline, imageRecipe: await pinned(registering, input, put) };
  const arn = imagePipelineArn(registering.home, pipeline.name);
  const hash = createHash('sha256')
    .update(JSON.stringify({ pipeline, files: input.files }))
    .digest('hex');
  const components = put.map(({ name, componentBuildVersionArn, change }) => ({
    name,
    componentBuildVersionArn,
    change,
  }));
  await registering.logGroups.ensure(logGroupName(registering.stackName, pipeline.name), registering.logRetentionDays);
  const before = await registering.pipelines.find(pipeline.name);
  const same = before?.hash === hash;
  const dateUpdated = same ? before.dateUpdated : new Date(registering.now()).toISOString();
  const expires = Math.floor(registering.now() / 1000) + remembered;
  await registering.updateSubjects.add(pipeline.name, newsFor(pipeline));
  await registering.pipelines.put(pipeline.name, { pipeline, files: input.files, hash, dateUpdated }, expires);
  await registerSchedule(registering, pipeline);
  const change = same ? 'unchanged' : before ? 'updated' : 'created';
  return { imagePipelineArn: arn, contentHash: hash, components, change };
}

/** What news a pipeline waits for, whatever its images contain: of listed packages, and of its parent image. */
const newsFor = ({ packageUpdates = [], imageRecipe }: PutResourcesInput['pipeline']): Subject[] => [
  ...packageUpdates.map((name): Subject => `package#${name}`),
  ...parentSources(imageRecipe.parentImage).map((source): Subject => `parent-image#${source}`),
];

/** Problems that are told: documents may have hundreds, and the message travels into logs. */
const mostProblems = 20;

function told(problems: string[]): string {
  const more = problems.length > mostProblems ? [`and ${problems.length - mostProblems} more problems`] : [];
  return [...problems.slice(0, mostProblems), ...more].join('; ');
}

/** A parent image that was built here is one of this account and region; a build would only find out later. */
function assertOwnParent(home: Home, parentImage: string): void {
  const arn = parseArn(parentImage);
  if (!arn || (arn.partition === home.partition && arn.region === home.region && arn.accountId === home.accountId))
    return;
  throw new InvalidRequestError(
    `The parent image ${parentImage} is not of account ${home.accountId} in ${home.region}: name an AMI id, ssm:<parameter>, or an image that was built here.`,
  );
}

/** What the pipeline itself says of encryption; PrepareImage knows the parent image and the account's defaults too. */
function assertShareable(home: Home, { imageRecipe, distributionConfiguration }: PutResourcesInput['pipeline']): void {
  const { blockDeviceMappings } = imageRecipe;
  for (const { region, amiDistributionConfiguration } of distributionConfiguration.distributions) {
    const source = { homeRegion: home.region, blockDeviceMappings, parentDevices: [] };
    const problem = sharingProblem({ region, ...amiDistributionConfiguration }, source, () => ({ encrypted: false }));
    if (problem) throw new InvalidRequestError(problem);
  }
}

async function putComponent(
  { components, home }: Registering,
  { name, semanticVersion, data }: PutResourcesInput['components'][number],
): Promise<Put> {
  const { build, change } = await components.put(name, semanticVersion, data);
  return {
    name,
    version: semanticVersion,
    build,
    change,
    componentBuildVersionArn: componentArn(home, name, semanticVersion, build),
  };
}

/** The recipe with the documents that came along pinned to their build, and the others checked to exist. */
async function pinned({ components }: Registering, { pipeline }: PutResourcesInput, put: Put[]) {
  const list = pipeline.imageRecipe.components.map(async (entry) => {
    const reference = parseComponentReference(entry.component);
    if (reference?.kind !== 'registered')
      throw new NotFoundError(`The component ${entry.component} is not registered.`);
    const own = put.find(({ name }) => normalisedName(name) === normalisedName(reference.name));
    if (own) return { ...entry, component: `${normalisedName(own.name)}/${own.version}/${own.build}` };
    if (await components.find(reference.name, reference.version)) return entry;
    throw new NotFoundError(
      `There is no component ${entry.component}: register it, or name its document by path in the pipeline file.`,
    );
  });
  return { ...pipeline.imageRecipe, components: await Promise.all(list) };
}
