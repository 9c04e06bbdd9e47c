// The process of the local cloud: reads its arguments, tells its parent (or the terminal) how it goes, ends in good order.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Delays, defaultDelays } from './cloud.ts';
import { type LocalCloud, startCloud } from './start.ts';
import { StateDirectoryTaken } from './state/lock.ts';

/** What a parent with an IPC channel is told. */
export type CloudMessage =
  | { type: 'progress'; text: string }
  | { type: 'ready'; endpoint: string }
  /** `taken`: another cloud has the state directory. */
  | { type: 'failed'; message: string; taken: boolean };

const usage = `local/main.ts [--state-dir DIR] [--port PORT] [--account ID] [--accounts ID,ID…] [--network host|none] [--delay NAME=MILLISECONDS ...] [--verbose]
Delays: ${Object.keys(defaultDelays).join(', ')}.`;

const parent = process.send === undefined ? undefined : process;

/** Resolves when the message is on its way. */
function tell(message: CloudMessage): Promise<void> {
  if (parent) {
    return new Promise((resolve) => (parent.connected ? parent.send?.(message, () => resolve()) : resolve()));
  }
  if (message.type === 'progress') console.error(message.text);
  if (message.type === 'ready') console.error(`The local cloud listens on ${message.endpoint}`);
  if (message.type === 'failed') console.error(message.message);
  return Promise.resolve();
}

function settings() {
  const repository = resolve(import.meta.dirname, '..');
  const { values } = parseArgs({
    options: {
      'state-dir': { type: 'string', default: resolve(repository, '.image-builder') },
      port: { type: 'string' },
      account: { type: 'string' },
      accounts: { type: 'string' },
      network: { type: 'string', default: 'host' },
      delay: { type: 'string', multiple: true, default: [] },
      verbose: { type: 'boolean', default: false },
    },
  });
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new Error(`--port: expected a number from 0 to 65535, found ${values.port}`);
  }
  if (values.account !== undefined && !/^\d{12}$/.test(values.account)) {
    throw new Error(`--account: expected twelve digits, found ${values.account}`);
  }
  if (values.accounts !== undefined && !/^\d{12}(,\d{12})*$/.test(values.accounts)) {
    throw new Error(`--accounts: expected accounts of twelve digits, with commas between, found ${values.accounts}`);
  }
  if (values.network !== 'host' && values.network !== 'none') {
    throw new Error(`--network: expected host or none, found ${values.network}`);
  }
  return {
    repository,
    network: values.network as 'host' | 'none',
    stateDirectory: resolve(values['state-dir']),
    delays: readDelays(values.delay),
    progress: (text: string) => void tell({ type: 'progress', text }),
    ...(port === undefined ? {} : { port }),
    ...(values.account === undefined ? {} : { accountId: values.account }),
    ...(values.accounts === undefined ? {} : { accounts: values.accounts.split(',') }),
    ...(values.verbose ? { log: (line: string) => console.error(line) } : {}),
  };
}

function readDelays(given: string[]): Partial<Delays> {
  return Object.fromEntries(
    given.map((text) => {
      const [name = '', value = ''] = text.split('=');
      if (!Object.hasOwn(defaultDelays, name) || !/^\d+$/.test(value)) {
        throw new Error(`--delay: expected NAME=MILLISECONDS, found ${text}`);
      }
      return [name, Number(value)];
    }),
  );
}

async function main(): Promise<void> {
  let cloud: LocalCloud | undefined;
  let exitCode: number | undefined;
  // Asked to end while it starts, it ends as soon as it has started: half a start is no state to leave behind.
  const end = async (code: number) => {
    if (exitCode !== undefined) return;
    exitCode = code;
    if (cloud) await finish(cloud, code);
  };
  const endWell = () => void end(0);
  if (parent) {
    // What a terminal sends is the parent's to decide; it holds the cloud by the channel, and by a lease once that is to be had.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
    process.on('disconnect', () => (cloud ? cloud.starterGone() : endWell()));
  } else for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, endWell);
  process.on('SIGTERM', endWell);
  // A reader that has gone is no fault: what is said then is not heard, and the cloud goes on to its own end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // Even a fault of ours must leave no instance running.
  process.on('uncaughtException', (error) => {
    console.error('The local cloud ends after a fault of its own:', error);
    void end(1);
  });
  try {
    cloud = await startCloud({ ...settings(), ...(parent && { unused: endWell }) });
  } catch (error) {
    await tell({ type: 'failed', message: explain(error), taken: error instanceof StateDirectoryTaken });
    process.exit(1);
  }
  if (exitCode !== undefined) return finish(cloud, exitCode);
  await tell({ type: 'ready', endpoint: cloud.endpoint });
}

async function finish(cloud: LocalCloud, exitCode: number): Promise<void> {
  try {
    await cloud.stop();
    process.exit(exitCode);
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return `${error.message}\n${usage}`;
  return error.message;
}

await main();
