// Asks again where the stack says "not yet": another change of the same thing is under way, or has been broken off.
import { setTimeout as pause } from 'node:timers/promises';
import { reportedError } from '../aws/invocation.ts';

/** Milliseconds: a change that was broken off can be gone on with two minutes after it began. */
const longest = 3 * 60_000;
const interval = 3000;

export async function patiently<Result>(say: (text: string) => void, ask: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + longest;
  for (let told = false; ; ) {
    try {
      return await ask();
    } catch (error) {
      const reported = reportedError(error);
      if (reported?.errorType !== 'NotReadyError' || Date.now() + interval > end) throw error;
      if (!told) say(`${reported.errorMessage} Waiting.`);
      told = true;
      await pause(interval);
    }
  }
}
