// The command line as users call it, as a child process.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { repository } from '../source-files.ts';

export type Answer = { code: number | null; out: string; errors: string };

export type Image = {
  arn: string;
  version: string;
  state: { status: string; reason?: string; failureContext?: FailureContext };
  outputResources: { amis: { region: string; image: string; name: string; accountId: string }[] };
  tests?: { total: number; passed: number; failed: number; results: object[] };
  timeline: { state: string; label?: string; started: string; ended?: string; endedBy?: string; resource?: string }[];
  notes: string[];
  executionArn: string;
  logGroupName: string;
};

type FailureContext = { imageStatus: string; failedStep?: string; componentFailure?: Record<string, unknown> };

export type Call = {
  /** Told of everything written so far, whenever more comes. */
  heard?(text: string, child: ChildProcess): void;
  cwd?: string;
};

/** Runs `./image-builder <parameters>` to its end. */
export function imageBuilder(parameters: string[], { heard, cwd = repository }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(repository, 'image-builder'), parameters, {
      cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const answer: Answer = { code: null, out: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer.out += text;
      heard?.(answer.out + answer.errors, child);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      answer.errors += text;
      heard?.(answer.out + answer.errors, child);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...answer, code }));
  });
}

/** Builds a pipeline file in the local cloud of a state directory; the image as `--output json` gives it. */
export async function build(
  file: string,
  state: string,
  options: string[] = [],
  call: Call = {},
): Promise<Answer & { image: Image }> {
  const answer = await imageBuilder(
    ['build', file, '--local', '--state-dir', state, '--output', 'json', ...options],
    call,
  );
  try {
    return { ...answer, image: JSON.parse(answer.out) };
  } catch {
    throw new Error(`${file} did not become an image (exit code ${answer.code}):\n${answer.errors}${answer.out}`);
  }
}
