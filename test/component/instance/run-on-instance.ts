// Documents and scripts on real instances, by Run Command as builds send them, and the reason that an image's record would give.

import { setTimeout as sleep } from 'node:timers/promises';
import { RunInstancesCommand, StartInstancesCommand } from '@aws-sdk/client-ec2';
import { GetCommandInvocationCommand, GetParameterCommand, SendCommandCommand } from '@aws-sdk/client-ssm';
import { commandEnd } from '../../../shared/build/command.ts';
import { compileDocument } from '../../../shared/component/compile.ts';
import { type ComponentResult, parseResult } from '../../../shared/component/result.ts';
import { sentScript } from '../../../shared/component/sent-script.ts';
import { debian, type OpenCloud } from '../../local/ec2/open-cloud.ts';

export type OnInstance = {
  status: string;
  details: string;
  result: ComponentResult | undefined;
  /** What the record of an image would say; undefined after success. */
  reason: string | undefined;
  stdout: string;
  /** What the log group holds of stdout. */
  log: string[];
  seconds: number;
};

export type Step = { name: string; commands: string[] } & Record<string, unknown>;

export const documentOf = (steps: Step[]): string =>
  JSON.stringify({
    schemaVersion: '1.0',
    phases: [
      {
        name: 'build',
        steps: steps.map(({ name, commands, ...rest }) => ({
          name,
          action: 'ExecuteBash',
          inputs: { commands },
          ...rest,
        })),
      },
    ],
  });

/** The script of a document as a build sends it. */
export function scriptOf(document: string, runKey: string): string {
  const { script, diagnostics } = compileDocument(document, {
    name: 'nasty',
    phases: ['build'],
    parameters: {},
    runKey,
  });
  if (!script) throw new Error(`does not compile: ${JSON.stringify(diagnostics)}`);
  return sentScript(script);
}

/** An instance that goes on after its own shutdown, with its agent online. */
export async function launch(cloud: OpenCloud): Promise<string> {
  const { Parameter } = await cloud.ssm().send(new GetParameterCommand({ Name: debian }));
  const { Instances } = await cloud.ec2().send(
    new RunInstancesCommand({
      ImageId: Parameter!.Value!,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      IamInstanceProfile: { Name: 'builder' },
      InstanceInitiatedShutdownBehavior: 'stop',
    }),
  );
  const id = Instances![0]!.InstanceId!;
  await cloud.instances.whenOnline(id, AbortSignal.timeout(20_000));
  return id;
}

/** Cuts the power of an instance and starts it again. */
export async function powerCut(cloud: OpenCloud, id: string): Promise<void> {
  await cloud.killMachine(id);
  const state = () => cloud.instances.find(cloud.scope, id)?.state;
  while (state() !== 'stopped') await sleep(5);
  await cloud.ec2().send(new StartInstancesCommand({ InstanceIds: [id] }));
}

export type Sending = { executionTimeout?: string; timeoutSeconds?: number; to?: string; heard?(log: string[]): void };

const group = '/nasty';

/** Sends a script and waits for its end. */
export async function runScript(cloud: OpenCloud, script: string, sending: Sending = {}): Promise<OnInstance> {
  const { executionTimeout = '600', timeoutSeconds = 600, heard = () => {} } = sending;
  const InstanceId = sending.to ?? (await launch(cloud));
  const begun = performance.now();
  const { Command } = await cloud.ssm().send(
    new SendCommandCommand({
      InstanceIds: [InstanceId],
      DocumentName: 'AWS-RunShellScript',
      TimeoutSeconds: timeoutSeconds,
      Parameters: { commands: [script], executionTimeout: [executionTimeout] },
      CloudWatchOutputConfig: { CloudWatchOutputEnabled: true, CloudWatchLogGroupName: group },
    }),
  );
  const CommandId = Command!.CommandId!;
  const log = () => cloud.streams[`${group} ${CommandId}/${InstanceId}/aws-runShellScript/stdout`] ?? [];
  for (;;) {
    const found = await cloud.ssm().send(new GetCommandInvocationCommand({ CommandId, InstanceId }));
    heard(log());
    if (!/^(Pending|InProgress|Cancelling)$/.test(found.Status!)) {
      const { Status = '', StatusDetails = '', ResponseCode = -1, StandardErrorContent: stderr = '' } = found;
      const result = parseResult(stderr);
      const view = { status: Status, statusDetails: StatusDetails, exitCode: ResponseCode, stderr };
      const { reason } = commandEnd({ label: 'nasty', component: 'nasty/1.0.0' }, view, undefined, result) ?? {};
      const seconds = (performance.now() - begun) / 1000;
      return {
        ...{ status: Status, details: StatusDetails, result, reason, seconds },
        stdout: found.StandardOutputContent ?? '',
        log: log(),
      };
    }
    await sleep(50);
  }
}

let runs = 0;
export const runSteps = (cloud: OpenCloud, steps: Step[], sending?: Sending) =>
  runScript(cloud, scriptOf(documentOf(steps), `run-${process.pid}-${++runs}`), sending);
