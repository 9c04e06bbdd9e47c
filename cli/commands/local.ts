// `local start|status|stop|reset`: a local cloud that stays, for the aws command line and for several builds.
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { endedMessage, spawnCloud } from '../local-cloud/child.ts';
import { type Endpoint, isAlive, runningCloud } from '../local-cloud/endpoint-file.ts';
import { removeStateDirectory } from '../local-cloud/state-directory.ts';
import { processOutput } from '../output.ts';
import { type StackOptions, stateDirectory } from '../session.ts';

export type LocalOptions = Pick<StackOptions, 'stateDir'> & { output: 'text' | 'json' };

// The first start packages the stack, and a slow machine takes its time.
const startPatience = 300_000;
const stopPatience = 60_000;

export async function startLocal(options: LocalOptions): Promise<number> {
  const output = processOutput('json');
  const directory = stateDirectory(options);
  let cloud = await runningCloud(directory);
  if (!cloud) {
    output.say('starting the local cloud (the first time it packages the stack, which takes a while)');
    cloud = await started(directory);
  }
  report(cloud, options);
  return 0;
}

export async function statusLocal(options: LocalOptions): Promise<number> {
  report(await runningCloud(stateDirectory(options)), options);
  return 0;
}

export async function stopLocal(options: LocalOptions): Promise<number> {
  const cloud = await runningCloud(stateDirectory(options));
  if (cloud) await stopped(cloud);
  processOutput('text').out(cloud ? 'The local cloud is stopped.' : 'No local cloud is running.');
  return 0;
}

export async function resetLocal(options: LocalOptions): Promise<number> {
  const directory = stateDirectory(options);
  const cloud = await runningCloud(directory);
  if (cloud) await stopped(cloud);
  const removed = removeStateDirectory(directory);
  processOutput('text').out(removed ? `Removed ${directory}.` : `There is no ${directory}.`);
  return 0;
}

async function started(directory: string): Promise<Endpoint> {
  const { process: child, log } = spawnCloud(directory, { channel: false });
  child.unref();
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = `The local cloud could not be started: ${error.message}`;
  });
  child.once('exit', (code, signal) => {
    failure = endedMessage(log, code ?? signal);
  });
  for (const end = Date.now() + startPatience; Date.now() < end; await sleep(200)) {
    if (failure !== undefined) throw new CommandError(failure);
    const cloud = await runningCloud(directory);
    if (cloud) return cloud;
  }
  child.kill('SIGTERM');
  throw new CommandError(`The local cloud was not ready after ${startPatience / 1000} s; its output is in ${log}.`);
}

async function stopped({ pid }: Endpoint): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + stopPatience; isAlive(pid); await sleep(100)) {
    if (Date.now() > end)
      throw new CommandError(`The local cloud (process ${pid}) has not ended after ${stopPatience / 1000} s.`);
  }
}

function report(cloud: Endpoint | undefined, { output: format, stateDir }: LocalOptions): void {
  const { out } = processOutput(format);
  const json = cloud ? { running: true, ...cloud } : { running: false };
  if (format === 'json') out(JSON.stringify(json, undefined, 2));
  else if (cloud) usage(cloud, stateDir).forEach(out);
  else out('No local cloud is running: `./image-builder local start` starts one.');
}

function usage({ endpoint, pid, startedAt }: Endpoint, stateDir: string | undefined): string[] {
  const elsewhere = stateDir === undefined ? '' : ` --state-dir ${stateDir}`;
  return [
    `The local cloud runs at ${endpoint} (process ${pid}, since ${startedAt}).`,
    '',
    `  ./image-builder build examples/hello-web/pipeline.yml --local${elsewhere}`,
    `  aws --endpoint-url ${endpoint} --region us-east-1 ec2 describe-images --owners self`,
    `  AWS_ENDPOINT_URL=${endpoint} npx sls invoke --stage local -f start-build --path events/manual.json`,
  ];
}
