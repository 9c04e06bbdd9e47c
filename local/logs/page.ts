// Which events of a stream a GetLogEvents call sees, and the tokens that lead on from there.
import { AwsError } from '../service.ts';
import type { LogEvent } from './stream.ts';

export type Page = { events: LogEvent[]; nextForwardToken: string; nextBackwardToken: string };

type Request = {
  startTime?: number | undefined;
  endTime?: number | undefined;
  limit?: number | undefined;
  nextToken?: string | undefined;
  startFromHead?: boolean | undefined;
};

const largestPage = 10_000;

/** Tokens are positions: `f/7` reads on from the seventh event, `b/7` back from it. At either end the same token comes back. */
export function page(all: readonly LogEvent[], request: Request): Page {
  const limit = Math.min(request.limit ?? largestPage, largestPage);
  const [from, to] = range(all.length, limit, request);
  const within = (event: LogEvent) =>
    event.timestamp >= (request.startTime ?? 0) && event.timestamp < (request.endTime ?? Number.POSITIVE_INFINITY);
  return {
    events: all.slice(from, to).filter(within),
    nextForwardToken: `f/${to}`,
    nextBackwardToken: `b/${from}`,
  };
}

function range(length: number, limit: number, { nextToken, startFromHead }: Request): [number, number] {
  if (nextToken !== undefined) {
    const match = /^([fb])\/(\d+)$/.exec(nextToken);
    if (!match) throw new AwsError('InvalidParameterException', `The specified nextToken is invalid: ${nextToken}`);
    const position = Math.min(Number(match[2]), length);
    return match[1] === 'f'
      ? [position, Math.min(position + limit, length)]
      : [Math.max(position - limit, 0), position];
  }
  return startFromHead ? [0, Math.min(limit, length)] : [Math.max(length - limit, 0), length];
}
