// The deployed stack as the commands see it: a narrow front that tests replace as a whole.
import type { AnswerApprovalInput, Approval } from '../../shared/model/approval-schema.ts';
import type { Promoted, PromoteInput, Revoked, RevokeInput } from '../../shared/model/channel.ts';
import type { DeleteResourcesInput, DeleteResourcesOutput } from '../../shared/model/delete-resources.ts';
import type { ImageRecord, ListedImage } from '../../shared/model/image-record.ts';
import type { LifecycleReport, LifecycleRequestInput } from '../../shared/model/lifecycle.ts';
import type { LedgerView } from '../../shared/model/ownership.ts';
import type { PreflightInput, PreflightReport } from '../../shared/model/preflight.ts';
import type { PutResourcesOutput, PutResourcesRequest } from '../../shared/model/put-resources.ts';
import type { StartBuildInput, StartBuildOutput } from '../../shared/model/start-build.ts';
import type { AccountLook, SweepInput, SweepReport } from '../../shared/model/sweep-report.ts';
import type { Inventory } from '../../shared/software/inventory.ts';
import { canceller } from './cancellation.ts';
import { type ChannelTable, channelTable } from './channel-table.ts';
import { componentLog, type LogPage } from './component-log.ts';
import type { Connection } from './connection.ts';
import { imageTable } from './image-table.ts';
import { type Invoke, invoker } from './invocation.ts';
import { lifecycleRunReader, type ReadLifecycleRuns } from './lifecycle-runs.ts';
import { type ReadRuns, runReader } from './pipeline-runs.ts';
import { type RegistryTable, registryTable } from './registry-table.ts';
import { readStackOutputs } from './stack-outputs.ts';

export type Stack = ChannelTable & {
  id: string;
  putResources(input: PutResourcesRequest): Promise<PutResourcesOutput>;
  deleteResources(input: DeleteResourcesInput): Promise<DeleteResourcesOutput>;
  registry: RegistryTable;
  startBuild(input: StartBuildInput): Promise<StartBuildOutput>;
  readImage(arn: string): Promise<ImageRecord | undefined>;
  readInventory(arn: string): Promise<Inventory | undefined>;
  readLedger(arn: string): Promise<LedgerView | undefined>;
  newestImages(): AsyncGenerator<ListedImage>;
  /** What became of the requests to build a pipeline, newest first. */
  newestRuns: ReadRuns;
  sweep(input: SweepInput): Promise<SweepReport>;
  /** What the stack's functions see in the other accounts; nothing is asked where there is none. */
  lookIntoAccounts(): Promise<AccountLook[]>;
  /** One report for each policy, or for the image. */
  applyLifecycle(input: LifecycleRequestInput): Promise<LifecycleReport[]>;
  /** Runs of a lifecycle policy, newest first. */
  newestLifecycleRuns: ReadLifecycleRuns;
  answerApproval(input: AnswerApprovalInput): Promise<{ image: string; approval: Approval }>;
  promoteImage(input: PromoteInput): Promise<Promoted>;
  revokeImage(input: RevokeInput): Promise<Revoked>;
  readLog(group: string, stream: string, token?: string): Promise<LogPage>;
  preflight(input: PreflightInput): Promise<PreflightReport>;
  cancel(executionArn: string): Promise<void>;
};

export async function openStack(connection: Connection, stage: string): Promise<Stack> {
  const outputs = await readStackOutputs(connection, stage);
  const table = imageTable(connection, outputs.tableName);
  const log = componentLog(connection);
  const invoke = invoker(connection);
  return {
    id: outputs.stackId,
    putResources: async (input) =>
      (await invoke(
        outputs.putResourcesFunctionName,
        `register ${input.pipeline ? `the pipeline ${input.pipeline.name}` : 'the resources'}`,
        input,
      )) as PutResourcesOutput,
    deleteResources: async (input) =>
      (await invoke(
        outputs.deleteResourcesFunctionName,
        `delete ${input.resources.join(', ')}`,
        input,
      )) as DeleteResourcesOutput,
    registry: registryTable(connection, outputs.tableName),
    startBuild: async (input) =>
      (await invoke(outputs.startBuildFunctionName, startText(input), input)) as StartBuildOutput,
    readImage: table.read,
    readInventory: table.readInventory,
    readLedger: table.readLedger,
    answerApproval: async (input) =>
      (await invoke(outputs.answerApprovalFunctionName, `answer for ${input.image}`, input)) as {
        image: string;
        approval: Approval;
      },
    promoteImage: async (input) =>
      (await invoke(outputs.promoteImageFunctionName, `promote ${input.image} to ${input.channel}`, input)) as Promoted,
    revokeImage: async (input) =>
      (await invoke(outputs.revokeImageFunctionName, `revoke ${input.image}`, input)) as Revoked,
    ...channelTable(connection, outputs.tableName),
    sweep: async (input) => (await invoke(outputs.sweepFunctionName, 'sweep', input)) as SweepReport,
    lookIntoAccounts: async () => {
      const accounts = [...outputs.accounts, ...(await table.readAccounts())];
      return accounts.length === 0 ? [] : askForAccounts(invoke, outputs.sweepFunctionName);
    },
    applyLifecycle: async (input) =>
      (await invoke(outputs.applyLifecycleFunctionName, lifecycleText(input), input)) as LifecycleReport[],
    newestLifecycleRuns: lifecycleRunReader(connection, outputs.tableName),
    preflight: async (input) =>
      (await invoke(
        outputs.checkDistributionFunctionName,
        `check the distribution of ${input.imagePipelineName}`,
        input,
      )) as PreflightReport,
    newestImages: table.newestFirst,
    newestRuns: runReader(connection, outputs.tableName),
    readLog: log.read,
    cancel: canceller(connection),
  };
}

/** The sweep's function is the one that looks into every account anyway. */
export const askForAccounts = async (invoke: Invoke, functionName: string) =>
  (await invoke(functionName, 'look into the other accounts', { look: 'accounts' })) as AccountLook[];

function lifecycleText(input: LifecycleRequestInput): string {
  if ('image' in input) return `${input.action} ${input.image}`;
  return 'policy' in input ? `apply the lifecycle policy ${input.policy}` : 'apply the lifecycle policies';
}

function startText({ imagePipelineName, imagePipelineArn, retryOf, distribution }: StartBuildInput): string {
  if (retryOf) return `retry ${retryOf}`;
  if (distribution) return `distribute ${distribution.source}`;
  return `start a build of ${imagePipelineName ?? imagePipelineArn}`;
}
