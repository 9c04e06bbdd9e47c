// Builds that build nothing: a retry goes on from the tested AMI that a failed image kept, a distribution from an AMI that there is.
import type { AmisAt } from '../aws/amis.ts';
import type { PlanSource } from '../build/plan-from-source.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { type Home, parseArn } from '../model/arns.ts';
import type { ImageRecord } from '../model/image-record.ts';
import type { StartBuildInput } from '../model/start-build.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { ResolvedPipeline } from '../store/pipelines.ts';
import { type Adopting, findAdoptable, givenTo, keptKey, retainedAmi } from './adopt-ami.ts';
import { assertOriginStands, revoked } from './start-from.ts';

type Asking = { images: Images; ledgers: Ledgers; home: Home; now(): number };

export type AskedSource = {
  pipelineName: string;
  /** What the record of the new image says of where it comes from. */
  facts: Pick<ImageRecord, 'retryOf' | 'distributionOf'>;
  /** The registration as this build is to have it. */
  of(registered: ResolvedPipeline): ResolvedPipeline;
  /** Throws where the image that is now numbered cannot be made of it. */
  assertFor?(image: string): void;
};

/** Which pipeline is asked for, and what its build goes on from; InvalidRequestError or NotFoundError where that cannot be. */
export async function askedSource(asking: Asking, input: StartBuildInput): Promise<AskedSource> {
  const named = input.imagePipelineName ?? (input.imagePipelineArn && parseArn(input.imagePipelineArn)!.name);
  if (input.retryOf) return retry(asking, input.retryOf);
  if (input.distribution) return distribution(asking, input.distribution, named);
  return { pipelineName: named!, facts: {}, of: (registered) => registered };
}

async function retry({ images, ledgers, now }: Asking, image: string): Promise<AskedSource> {
  const [record, ledger] = await Promise.all([images.read(image), ledgers.read(image)]);
  const { state, sourcePipelineName } = record;
  if (state.status !== 'FAILED')
    throw new InvalidRequestError(`${image} is ${state.status}: only an image that is FAILED can be tried again.`);
  await assertOriginStands({ images }, record);
  // The same request again, with its client token, is for the image that has the AMI by now.
  const assertFor = (next: string) => void (givenTo(next, ledger) ?? retainedAmi(image, ledger, now()));
  if (!ledger.entries[keptKey]?.transferred) assertFor('');
  return { pipelineName: sourcePipelineName, facts: { retryOf: image }, of: (registered) => registered, assertFor };
}

async function distribution(
  { images, home }: Asking,
  { source, regions }: NonNullable<StartBuildInput['distribution']>,
  named: string | undefined,
): Promise<AskedSource> {
  const of = (registered: ResolvedPipeline) => toRegions(registered, regions);
  if (source.startsWith('ami-')) {
    if (named) return { pipelineName: named, facts: { distributionOf: { image: source, region: home.region } }, of };
    throw new InvalidRequestError(
      `AMI ${source} is of no pipeline: name the one whose name, tags and permissions its copies are to have (imagePipelineName).`,
    );
  }
  const image = await images.read(source);
  const { state, outputResources, sourcePipelineName } = image;
  const { amis } = outputResources;
  if (image.revoked) throw revoked(`The image to be distributed is ${source}`, image);
  if (state.status !== 'AVAILABLE')
    throw new InvalidRequestError(`${source} is ${state.status}: only an image that is AVAILABLE can be distributed.`);
  // Roles copy from the home region only.
  const ami = amis.find(({ region }) => region === home.region);
  if (!ami)
    throw new InvalidRequestError(
      `${source} has no AMI in ${home.region}, from where copies are made: build it with ${home.region} among its distributions.`,
    );
  const facts = { distributionOf: { image: ami.image, region: ami.region, from: source } };
  return { pipelineName: named ?? sourcePipelineName, facts, of };
}

/** What the pipeline says of a region holds there; other regions get an AMI with its default name and the recipe's tags. */
function toRegions(registered: ResolvedPipeline, regions: string[]): ResolvedPipeline {
  const { distributionConfiguration } = registered.pipeline;
  const distributions = regions.map(
    (region) =>
      distributionConfiguration.distributions.find((one) => one.region === region) ?? {
        region,
        amiDistributionConfiguration: { amiTags: {} },
      },
  );
  const pipeline = {
    ...registered.pipeline,
    distributionConfiguration: { ...distributionConfiguration, distributions },
  };
  return { ...registered, pipeline };
}

/** The source of an image's build, looked at now; undefined where it is to be built. */
export async function sourceOf(
  looking: Adopting & { region: string; amis: AmisAt },
  { arn, retryOf, distributionOf }: ImageRecord,
): Promise<PlanSource | undefined> {
  if (retryOf) return { ami: await findAdoptable(looking, arn, retryOf), region: looking.region, kept: retryOf };
  if (!distributionOf) return undefined;
  const { image, region } = distributionOf;
  const ami = await looking.amis(region).find(image);
  const account = parseArn(arn)!.accountId;
  if (ami?.owner && ami.owner !== account)
    throw new InvalidRequestError(
      `AMI ${image} belongs to account ${ami.owner}: only AMIs of account ${account} itself are distributed. Copy it into the account first.`,
    );
  if (ami?.state === 'available') return { ami, region };
  throw new NotFoundError(
    `AMI ${image}, which is to be distributed, is ${ami?.state ?? 'unknown'} in ${region}, or not shared with this account.`,
  );
}
