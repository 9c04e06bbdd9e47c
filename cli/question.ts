// Asks a yes-or-no question on the terminal.
import { createInterface } from 'node:readline/promises';

/** False for anything but y or yes. Ctrl-C at the question is passed on to the process, which takes it for the second one. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  reader.on('SIGINT', () => process.emit('SIGINT'));
  try {
    return /^y(?:es)?$/i.test((await reader.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    reader.close();
  }
}
