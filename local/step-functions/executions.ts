// The executions of all machines: starts them, stops them, remembers them, and tells the bus of each change of status.
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../service.ts';
import { Archive, type EventLog } from './archive.ts';
import { functionsOf, type Json } from './definition.ts';
import { type ExecutionRecord, statusChange } from './execution.ts';
import { Failure } from './failure.ts';
import { type HistoryEvent, maximumEvents } from './history.ts';
import type { StateMachine } from './machine.ts';
import type { Invoke } from './run.ts';
import { type Ending, type RunningMachine, runMachine } from './run-machine.ts';
import { Tokens } from './tokens.ts';

type Neighbours = Pick<Cloud, 'clock' | 'bus' | 'functions'>;

/** The error of executions that the local cloud itself ended. */
const stoppedError = 'LocalCloud.Stopped';

export class Executions {
  readonly tokens: Tokens;
  readonly #cloud: Neighbours;
  readonly #archive: Archive;
  readonly #records = new Map<string, ExecutionRecord>();
  readonly #running = new Map<string, { machine: RunningMachine; over: Promise<void> }>();
  #stopped = false;

  constructor(cloud: Neighbours, directory: string) {
    this.#cloud = cloud;
    this.#archive = new Archive(directory);
    this.tokens = new Tokens(() => cloud.clock.now());
    for (const record of this.#archive.records()) this.#records.set(record.executionArn, record);
  }

  /** Newest first. */
  of(stateMachineArn: string): ExecutionRecord[] {
    return [...this.#records.values()].filter((record) => record.stateMachineArn === stateMachineArn).reverse();
  }

  find(executionArn: string): ExecutionRecord {
    const record = this.#records.get(executionArn);
    if (!record) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    return record;
  }

  events(record: ExecutionRecord): HistoryEvent[] {
    return this.#running.get(record.executionArn)?.machine.history.events ?? this.#archive.events(record);
  }

  /** The same name with the same input is the same execution while it runs. */
  start(machine: StateMachine, name: string, input: string): ExecutionRecord {
    if (this.#stopped) throw new AwsError('ServiceUnavailable', 'The local cloud is stopping', 503);
    const executionArn = `${machine.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    const former = this.#records.get(executionArn);
    if (former?.status === 'RUNNING' && former.input === input) return former;
    if (former) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`);
    const record: ExecutionRecord = {
      executionArn,
      stateMachineArn: machine.stateMachineArn,
      name,
      status: 'RUNNING',
      startDate: this.#cloud.clock.now(),
      input,
    };
    this.#keep(record);
    this.#run(machine, record);
    return record;
  }

  /** Also for an execution that has ended: AWS then gives back when that was. */
  async stop(executionArn: string, error?: string, cause?: string): Promise<ExecutionRecord> {
    this.find(executionArn);
    const running = this.#running.get(executionArn);
    running?.machine.stop(error, cause);
    await running?.over;
    return this.find(executionArn);
  }

  /** Ends as ABORTED what an earlier, killed cloud left running. */
  recover(): void {
    for (const record of this.#records.values()) {
      if (record.status !== 'RUNNING' || this.#running.has(record.executionArn)) continue;
      const ending = { error: stoppedError, cause: 'The local cloud was killed while this execution was running' };
      const log = this.#archive.log(record);
      log.append({
        timestamp: this.#cloud.clock.now() / 1000,
        type: 'ExecutionAborted',
        id: Math.min(this.#archive.events(record).length + 1, maximumEvents),
        previousEventId: 0,
        executionAbortedEventDetails: ending,
      });
      this.#end(record, { status: 'ABORTED', ...ending }, log);
    }
  }

  /** Ends every running execution as ABORTED; none can be started afterwards. */
  async stopAll(): Promise<void> {
    this.#stopped = true;
    const arns = [...this.#running.keys()];
    const cause = 'The local cloud was stopped while this execution was running';
    await Promise.all(arns.map((executionArn) => this.stop(executionArn, stoppedError, cause)));
  }

  #run({ machine, stateMachineArn, name, roleArn }: StateMachine, record: ExecutionRecord): void {
    const [, , , region = '', accountId = ''] = stateMachineArn.split(':');
    const log = this.#archive.log(record);
    const functions = functionsOf(machine);
    const running = runMachine(machine, JSON.parse(record.input), {
      invoke: (functionName, payload) => {
        this.#cloud.functions.warm?.(functions.slice(functions.indexOf(functionName) + 1));
        return this.#invoke(functionName, payload, roleArn);
      },
      clock: this.#cloud.clock,
      tokens: this.tokens,
      region,
      accountId,
      machineName: name,
      executionName: record.name,
      roleArn,
      onEvent: log.append,
    });
    const over = running.ended.then((ending) => {
      this.#running.delete(record.executionArn);
      this.#end(record, ending, log);
    });
    this.#running.set(record.executionArn, { machine: running, over });
  }

  #end(record: ExecutionRecord, { output, ...ending }: Ending, log: EventLog): void {
    log.close();
    this.#keep({
      ...record,
      ...ending,
      ...(output === undefined ? {} : { output: JSON.stringify(output) }),
      stopDate: this.#cloud.clock.now(),
    });
  }

  #keep(record: ExecutionRecord): void {
    this.#archive.write(record);
    this.#records.set(record.executionArn, record);
    this.#cloud.bus.put(statusChange(record));
  }

  async #invoke(functionName: string, payload: Json, roleArn: string): ReturnType<Invoke> {
    const answer = await this.#cloud.functions.invoke(functionName, JSON.stringify(payload), roleArn);
    const result = answer.payload === '' ? null : (JSON.parse(answer.payload) as Json);
    if (!answer.functionError) return result;
    const { errorType } = (result ?? {}) as { errorType?: unknown };
    throw new Failure(typeof errorType === 'string' ? errorType : 'Lambda.Unknown', answer.payload);
  }
}
