// CloudWatch Logs on disk: what agents, functions and clients write, and what readers ask of it.
import { join } from 'node:path';
import type { Cloud, Logs } from '../cloud.ts';
import { AwsError, type Caller, type Input, type Operation, type Service } from '../service.ts';
import { termFilter } from './filter.ts';
import { type LogGroup, LogGroups } from './group.ts';
import { page } from './page.ts';
import type { LogEvent } from './stream.ts';

export type LocalLogs = Logs & {
  service: Service;
  /** Makes a group from the stack's template, or sets the retention of the one that is there. */
  ensureGroup(scope: Scope, name: string, retentionInDays?: number): void;
  /** The end of the stream of a group that was written to last: at least `length` characters, if there are as many. */
  tail(scope: Scope, name: string, length?: number): string;
};

type Scope = Pick<Caller, 'accountId' | 'region'>;

export function logs(cloud: Pick<Cloud, 'clock' | 'stateDirectory'>): LocalLogs {
  const regions = new Map<string, LogGroups>();
  const groupsOf = ({ accountId, region }: Scope): LogGroups => {
    const path = join(cloud.stateDirectory, 'logs', accountId, region);
    const groups = regions.get(path) ?? new LogGroups(path);
    regions.set(path, groups);
    return groups;
  };
  const now = () => cloud.clock.now();

  const operations: Record<string, Operation> = {
    CreateLogGroup(input, caller) {
      const name = text(input, 'logGroupName');
      if (groupsOf(caller).find(name)) throw exists('The specified log group already exists');
      groupsOf(caller).create(name, now());
    },
    DeleteLogGroup(input, caller) {
      groupsOf(caller).remove(groupOf(groupsOf(caller), input));
    },
    PutRetentionPolicy(input, caller) {
      const group = groupOf(groupsOf(caller), input);
      group.retentionInDays = Number(input.retentionInDays);
      groupsOf(caller).save(group);
    },
    DeleteRetentionPolicy(input, caller) {
      const group = groupOf(groupsOf(caller), input);
      group.retentionInDays = undefined;
      groupsOf(caller).save(group);
    },
    CreateLogStream(input, caller) {
      const group = groupOf(groupsOf(caller), input);
      const name = text(input, 'logStreamName');
      if (group.streams.has(name)) throw exists('The specified log stream already exists');
      groupsOf(caller).createStream(group, name, now());
    },
    PutLogEvents(input, caller) {
      const stream = streamOf(groupOf(groupsOf(caller), input), input);
      const events = (input.logEvents ?? []) as { timestamp: number; message: string }[];
      stream.append(events.map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: now() })));
      return { nextSequenceToken: String(stream.events().length) };
    },
    DescribeLogGroups(input, caller) {
      const wanted = ({ name }: LogGroup) =>
        name.startsWith(input.logGroupNamePrefix ?? '') && name.includes(input.logGroupNamePattern ?? '');
      return {
        logGroups: groupsOf(caller)
          .all()
          .filter(wanted)
          .map((group) => ({
            logGroupName: group.name,
            creationTime: group.creationTime,
            retentionInDays: group.retentionInDays,
            arn: `${groupArn(caller, group.name)}:*`,
            logGroupArn: groupArn(caller, group.name),
            logGroupClass: 'STANDARD',
            metricFilterCount: 0,
            storedBytes: 0,
          })),
      };
    },
    DescribeLogStreams(input, caller) {
      const group = groupOf(groupsOf(caller), input);
      const described = [...group.streams]
        .filter(([name]) => name.startsWith(input.logStreamNamePrefix ?? ''))
        .map(([name, { stream, creationTime }]) => ({
          logStreamName: name,
          creationTime,
          firstEventTimestamp: stream.events()[0]?.timestamp,
          lastEventTimestamp: stream.events().at(-1)?.timestamp,
          lastIngestionTime: stream.events().at(-1)?.ingestionTime,
          arn: `${groupArn(caller, group.name)}:log-stream:${name}`,
          storedBytes: 0,
        }));
      const latest = (entry: (typeof described)[number]) => entry.lastEventTimestamp ?? entry.creationTime;
      described.sort((a, b) =>
        input.orderBy === 'LastEventTime' ? latest(a) - latest(b) : a.logStreamName < b.logStreamName ? -1 : 1,
      );
      if (input.descending) described.reverse();
      return { logStreams: described.slice(0, input.limit ?? 50) };
    },
    GetLogEvents(input, caller) {
      const found = page(streamOf(groupOf(groupsOf(caller), input), input).events(), input);
      return found;
    },
    FilterLogEvents(input, caller) {
      const group = groupOf(groupsOf(caller), input);
      const matches = termFilter(input.filterPattern);
      const named = (name: string) =>
        name.startsWith(input.logStreamNamePrefix ?? '') && (input.logStreamNames?.includes(name) ?? true);
      const events = [...group.streams]
        .filter(([name]) => named(name))
        .flatMap(([logStreamName, { stream }]) =>
          stream.events().map((event, index) => ({ logStreamName, ...event, eventId: `${logStreamName}/${index}` })),
        )
        .filter(({ timestamp }) => timestamp >= (input.startTime ?? 0) && timestamp <= (input.endTime ?? Infinity))
        .filter(({ message }) => matches(message))
        .sort((a, b) => a.timestamp - b.timestamp);
      const start = Number(input.nextToken ?? 0);
      const end = start + Math.min(input.limit ?? 10_000, 10_000);
      return {
        events: events.slice(start, end),
        searchedLogStreams: [],
        ...(end < events.length ? { nextToken: String(end) } : {}),
      };
    },
  };

  return {
    service: {
      signingName: 'logs',
      protocol: 'json',
      targetPrefix: 'Logs_20140328',
      jsonVersion: '1.1',
      operations,
    },
    append(scope, groupName, streamName, lines) {
      const groups = groupsOf(scope);
      const group = groups.find(groupName) ?? groups.create(groupName, now());
      const stream = group.streams.get(streamName)?.stream ?? groups.createStream(group, streamName, now());
      stream.append(lines.map((message) => ({ timestamp: now(), ingestionTime: now(), message })));
    },
    tail(scope, name, length = 4096) {
      const streams = [...(groupsOf(scope).find(name)?.streams.values() ?? [])].map(({ stream }) => stream.events());
      const last = (events: readonly LogEvent[]) => events.at(-1)?.ingestionTime ?? 0;
      const latest = streams.sort((a, b) => last(b) - last(a))[0] ?? [];
      let text = '';
      for (let index = latest.length - 1; index >= 0 && text.length < length; index--)
        text = `${latest[index]?.message}\n${text}`;
      return text;
    },
    ensureGroup(scope, name, retentionInDays) {
      const groups = groupsOf(scope);
      const group = groups.find(name) ?? groups.create(name, now());
      if (group.retentionInDays === retentionInDays) return;
      group.retentionInDays = retentionInDays;
      groups.save(group);
    },
  };
}

function groupOf(groups: LogGroups, input: Input): LogGroup {
  const asked = input.logGroupName ?? input.logGroupIdentifier;
  if (typeof asked !== 'string') throw invalid('logGroupName or logGroupIdentifier is required');
  const name = asked.startsWith('arn:') ? asked.replace(/^.*:log-group:/, '').replace(/:\*$/, '') : asked;
  const group = groups.find(name);
  if (!group) throw new AwsError('ResourceNotFoundException', `The specified log group does not exist: ${name}`);
  return group;
}

function streamOf(group: LogGroup, input: Input) {
  const name = text(input, 'logStreamName');
  const found = group.streams.get(name);
  if (!found) throw new AwsError('ResourceNotFoundException', `The specified log stream does not exist: ${name}`);
  return found.stream;
}

function text(input: Input, field: string): string {
  const value = input[field];
  if (typeof value !== 'string' || value === '') throw invalid(`${field} is required`);
  return value;
}

const groupArn = ({ accountId, region }: Scope, name: string) =>
  `arn:aws:logs:${region}:${accountId}:log-group:${name}`;
const invalid = (message: string) => new AwsError('InvalidParameterException', message);
const exists = (message: string) => new AwsError('ResourceAlreadyExistsException', message);
