// Package updates: who has the package at an older version gets one build, however many messages say so.
import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { atOnce } from '../at-once.ts';
import type { DeadLetters } from '../aws/dead-letters.ts';
import type { Schedules } from '../aws/schedules.ts';
import { clientToken } from '../build/client-token.ts';
import { normalisedName } from '../model/names.ts';
import { readUpdateMessage } from '../software/update-message.ts';
import type { BuildQueue } from '../store/build-queue.ts';
import { affectedPipelines, type Deciding } from './affected-pipelines.ts';

export type Receiving = Deciding & {
  deadLetters: DeadLetters;
  queue: Pick<BuildQueue, 'merge'>;
  schedules: Pick<Schedules, 'ensure'>;
  /** The topics whose messages are heard. */
  topicArns: string[];
  region: string;
  /** Milliseconds in which updates gather before the build starts. */
  window: number;
  now(): number;
};

/** What SNS calls a function with (Lambda developer guide, using Lambda with SNS); one message is at most 256 KiB. */
export const snsEventSchema = z.object({
  Records: z
    .array(
      z.object({
        Sns: z.object({
          TopicArn: z.string().check(z.maxLength(2048)),
          MessageId: z.string().check(z.maxLength(256)),
          Subject: z.nullish(z.string().check(z.maxLength(1024))),
          Message: z.string().check(z.maxLength(262_144)),
        }),
      }),
    )
    .check(z.minLength(1), z.maxLength(10)),
});

type Message = z.output<typeof snsEventSchema>['Records'][number]['Sns'];

/** Requests that are made at the same time. */
const together = 8;

/** Pipelines that a build was asked for, and messages that went to the dead letters. */
export type Received = { pipelines: string[]; refused: number };

export async function receiveUpdate(
  receiving: Receiving,
  { Records }: z.output<typeof snsEventSchema>,
): Promise<Received> {
  const received: Received = { pipelines: [], refused: 0 };
  for (const { Sns: message } of Records) {
    const read = readOurs(receiving, message);
    if (read.problem !== undefined) {
      // To throw would only bring the same message again.
      await receiving.deadLetters.send(message.Message, { reason: read.problem, messageId: message.MessageId });
      received.refused += 1;
      continue;
    }
    const reasons = await affectedPipelines(receiving, read.updates);
    await atOnce(together, reasons, ([pipelineName, why]) => request(receiving, pipelineName, why, message.MessageId));
    received.pipelines.push(...reasons.keys());
  }
  return received;
}

function readOurs({ topicArns, region }: Receiving, { TopicArn, Subject, Message }: Message) {
  if (!topicArns.includes(TopicArn))
    return { problem: `it came from ${TopicArn}, which is none of the configured topics` };
  return readUpdateMessage({ topicArn: TopicArn, subject: Subject, message: Message }, region);
}

const minute = 60_000;

/**
 * One request for the pipeline, and one schedule for the time when it is due; safe to repeat after a crash at any point. What is due
 * already waits for a build that is under way, and is looked after a minute later: its time may also have come and gone unheard.
 */
async function request(
  { queue, schedules, window, now }: Receiving,
  pipelineName: string,
  reasons: string[],
  messageId: string,
): Promise<void> {
  const waiting = await queue.merge(pipelineName, {
    ...{ id: randomUUID(), request: messageId, trigger: 'packageUpdate' },
    ...{ due: iso(now() + window), since: iso(now()), reasons: reasons.slice(0, mostReasons).map(cut) },
  });
  const due = waiting ? Date.parse(waiting.due) : 0;
  const time = due > now() ? Math.ceil(due / 1000) * 1000 : Math.ceil((now() + minute) / minute) * minute;
  await schedules.ensure({
    name: scheduleName(pipelineName, time),
    expression: `at(${iso(time).slice(0, 19)})`,
    timezone: 'UTC',
    enabled: true,
    description: `Builds ${pipelineName} after package updates`,
    input: { imagePipelineName: pipelineName, trigger: 'packageUpdate' },
    once: true,
  });
}

const iso = (time: number) => new Date(time).toISOString();

/** Reasons are told in the record of the build; a message may name hundreds of packages. */
const mostReasons = 20;
const cut = (text: string) => (text.length > 500 ? `${text.slice(0, 499)}…` : text);

/** Names of schedules have at most 64 of `0-9a-zA-Z-_.` (EventBridge Scheduler API reference). */
const scheduleName = (pipelineName: string, time: number) =>
  `update-${normalisedName(pipelineName).slice(0, 32)}-${clientToken(normalisedName(pipelineName), time).slice(0, 16)}`;
