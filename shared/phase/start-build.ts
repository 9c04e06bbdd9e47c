// Starts one build of a pipeline: build number, record, ledger, execution; the same client token starts it once.
import { randomUUID } from 'node:crypto';
import type { Executions } from '../aws/executions.ts';
import { clientToken } from '../build/client-token.ts';
import { executionName } from '../build/execution-name.ts';
import { type Home, imageArn, imagePipelineArn } from '../model/arns.ts';
import { normalisedName } from '../model/names.ts';
import type { StartBuildInput, StartBuildOutput } from '../model/start-build.ts';
import type { BuildNumbers } from '../store/build-numbers.ts';
import type { Images } from '../store/images.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Pipelines } from '../store/pipelines.ts';
import { askedSource } from './build-source.ts';
import { isoTime } from './timeline.ts';

export type Starting = {
  images: Images;
  ledgers: Ledgers;
  pipelines: Pipelines;
  buildNumbers: BuildNumbers;
  executions: Executions;
  home: Home;
  stackId: string;
  stackName: string;
  stateMachineArn: string;
  now(): number;
};

/** The log group of a pipeline: agents write what components print into it. */
export const logGroupName = (stackName: string, pipelineName: string) =>
  `/${stackName}/${normalisedName(pipelineName)}`;

export async function startBuild(starting: Starting, input: StartBuildInput): Promise<StartBuildOutput> {
  const { images, ledgers, home } = starting;
  const source = await askedSource(starting, input);
  const registered = source.of(await starting.pipelines.read(source.pipelineName, input.contentHash));
  const { pipeline } = registered;
  const { name: recipe, semanticVersion } = pipeline.imageRecipe;
  // Pipelines may share a recipe, and schedules their tokens: a token is one pipeline's own.
  const token = input.clientToken ? clientToken(normalisedName(pipeline.name), input.clientToken) : randomUUID();
  const build = await starting.buildNumbers.next(recipe, semanticVersion, token);
  const arn = imageArn(home, recipe, semanticVersion, build);
  source.assertFor?.(arn);
  const execution = executionName(arn);
  const executionArn = `${starting.stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
  await starting.pipelines.freeze(arn, registered);
  const dateCreated = isoTime(starting);
  // The ledger first: the sweep finds records through it.
  await ledgers.open(arn, { stackId: starting.stackId, dateCreated });
  await images.create({
    pk: arn,
    sk: 'image',
    arn,
    name: recipe,
    version: `${semanticVersion}/${build}`,
    type: 'AMI',
    platform: 'Linux',
    dateCreated,
    state: { status: 'PENDING' },
    buildType: 'USER_INITIATED',
    sourcePipelineName: pipeline.name,
    sourcePipelineArn: imagePipelineArn(home, pipeline.name),
    outputResources: { amis: [] },
    timeline: {},
    notes: [],
    executionArn,
    logGroupName: logGroupName(starting.stackName, pipeline.name),
    ...source.facts,
  });
  await starting.executions.start(starting.stateMachineArn, execution, { image: arn });
  return { imageBuildVersionArn: arn, executionArn };
}
