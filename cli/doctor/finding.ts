// What a check of the doctor found.
import { CommandError } from '../command-error.ts';

/** `unknown`: the check could not be made, and says nothing about the stack. */
export type Status = 'ok' | 'warn' | 'fail' | 'unknown';

export type Finding = { check: string; status: Status; said: string; todo?: string };

/** The findings of one check; a call that fails makes it `unknown`, with what AWS said. */
export async function examine(check: string, look: () => Promise<Omit<Finding, 'check'>[]>): Promise<Finding[]> {
  try {
    return (await look()).map((finding) => ({ check, ...finding }));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const [said = '', ...todo] = error.message.split('\n');
    return [{ check, status: 'unknown', said, ...(todo.length > 0 && { todo: todo.join(' ') }) }];
  }
}

export const ok = (said: string): Omit<Finding, 'check'> => ({ status: 'ok', said });
export const warn = (said: string, todo: string): Omit<Finding, 'check'> => ({ status: 'warn', said, todo });
export const fail = (said: string, todo: string): Omit<Finding, 'check'> => ({ status: 'fail', said, todo });
export const unknown = (said: string, todo: string): Omit<Finding, 'check'> => ({ status: 'unknown', said, todo });
