// `local start|status|stop|reset`: a local cloud that stays, for the aws command line and for several builds.
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import { type Endpoint, runningCloud } from '../local-cloud/endpoint-file.ts';
import { leaseCloud } from '../local-cloud/lease.ts';
import { isAlive, lockHolder } from '../local-cloud/lock-holder.ts';
import { removeStateDirectory } from '../local-cloud/state-directory.ts';
import { processOutput } from '../output.ts';
import { type StackOptions, stateDirectory } from '../session.ts';
import { shellWord } from '../shell-word.ts';

export type LocalOptions = Pick<StackOptions, 'stateDir' | 'accounts'> & { output: 'text' | 'json' };

const stopPatience = 90_000;

export async function startLocal(options: LocalOptions): Promise<number> {
  const { say } = processOutput('json');
  const signal = new AbortController().signal;
  const lease = await leaseCloud(stateDirectory(options), {
    ...{ progress: say, signal, stay: true },
    accounts: options.accounts,
  });
  await lease.release();
  return statusLocal(options);
}

export async function statusLocal(options: LocalOptions): Promise<number> {
  const directory = stateDirectory(options);
  const cloud = await runningCloud(directory);
  const pid = lockHolder(directory);
  if (cloud) report(options, { running: true, ...cloud }, usage(cloud, options));
  else if (pid !== undefined) {
    report(options, { running: false, pid }, [`The local cloud (process ${pid}) is starting or ending.`]);
  } else
    report(options, { running: false }, [`No local cloud is running: \`${command('start', options)}\` starts one.`]);
  return 0;
}

export async function stopLocal(options: LocalOptions): Promise<number> {
  const stopped = await stop(stateDirectory(options));
  const text = stopped ? 'The local cloud is stopped.' : 'No local cloud is running.';
  report(options, { running: false, stopped }, [text]);
  return 0;
}

export async function resetLocal(options: LocalOptions): Promise<number> {
  const directory = stateDirectory(options);
  const stopped = await stop(directory);
  const removed = removeStateDirectory(directory);
  const text = removed ? `Removed ${directory}.` : `There is no ${directory}.`;
  report(options, { running: false, stopped, removed }, [text]);
  return 0;
}

/** Also one that is still starting: it ends as soon as it has started. False when there is none. */
async function stop(directory: string): Promise<boolean> {
  const pid = lockHolder(directory);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + stopPatience; isAlive(pid); await sleep(100)) {
    if (Date.now() > end)
      throw new CommandError(`The local cloud (process ${pid}) has not ended after ${stopPatience / 1000} s.`);
  }
  return true;
}

function report({ output: format }: LocalOptions, json: object, text: string[]): void {
  const output = processOutput(format);
  if (format === 'json') output.json(json);
  else text.forEach(output.out);
}

function usage({ endpoint, pid, startedAt, stays }: Endpoint, options: LocalOptions): string[] {
  return [
    `The local cloud runs at ${endpoint} (process ${pid}, since ${startedAt}).`,
    stays
      ? `It stays until \`${command('stop', options)}\`.`
      : `It ends with the last command that uses it; \`${command('start', options)}\` makes it stay.`,
    '',
    `  ./image-builder build examples/hello-web/pipeline.yml --local${elsewhere(options)}`,
    `  aws --endpoint-url ${endpoint} --region us-east-1 ec2 describe-images --owners self`,
    `  AWS_ENDPOINT_URL=${endpoint} npx sls invoke --stage local -f start-build --path events/manual.json`,
  ];
}

const command = (name: string, options: LocalOptions) => `./image-builder local ${name}${elsewhere(options)}`;
const elsewhere = ({ stateDir }: LocalOptions) => (stateDir === undefined ? '' : ` --state-dir ${shellWord(stateDir)}`);
