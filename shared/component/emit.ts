// A program to a bash script: the driver, which is the same in every script, and the steps.
import { createHash } from 'node:crypto';
import { attemptDriver } from './driver/attempt.ts';
import { resultDriver } from './driver/result.ts';
import { stateDriver } from './driver/state.ts';
import { stepsDriver } from './driver/steps.ts';
import { instanceHost, type Part, type Program, type ProgramStep } from './program.ts';
import { comment, quote } from './quote.ts';

/** How much of a step's stdout is kept for later steps that refer to it, in bytes; a reference to more fails the later step. */
export const keptBytes = 1024 * 1024;

/**
 * The script of a program; same program, same bytes. It needs bash 4 and coreutils.
 * stdout: everything the steps print, between marker lines; stderr: at the end, one line with the result as JSON; exit code 0, 1, or 194 for a reboot.
 */
export function emit(program: Program): string {
  const host = program.host ?? instanceHost;
  const run = createHash('sha256').update(program.runKey).digest('hex').slice(0, 32);
  const referred = new Set(program.steps.flatMap((step) => step.script.flatMap((part) => outputOf(part))));
  return [
    '#!/bin/bash',
    comment(`${program.name}: made by Serverless Image Builder, run by bash 4 or newer.`),
    `program=${quote(program.name)}`,
    `state_directory=${quote(host.stateDirectory)}`,
    `state=$state_directory/${run}`,
    `boot_record=${quote(host.bootRecord)}`,
    `working_directory=${quote(program.workingDirectory)}`,
    `kept_bytes=${keptBytes}`,
    `notes_from_steps=${program.notesFromSteps ? 1 : 0}`,
    `remove_state=${program.removeState ? 1 : 0}`,
    'phases=() labels=() names=() actions=() timeouts=() policies=() attempts_of=() keeps=()',
    stateDriver,
    attemptDriver,
    stepsDriver,
    resultDriver,
    ...program.steps.map((step, index) => emitStep(step, index, referred.has(index))),
    'main',
    '',
  ].join('\n');
}

function outputOf(part: Part): number[] {
  return 'outputOf' in part ? [part.outputOf] : [];
}

function emitStep(step: ProgramStep, index: number, kept: boolean): string {
  const { phase, name, action, timeoutSeconds, onFailure, maxAttempts } = step;
  const words = [phase, name, JSON.stringify(name), action, timeoutSeconds, onFailure, maxAttempts, kept ? 1 : 0];
  return [
    `step ${words.map((word) => quote(String(word))).join(' ')}`,
    `script_${index}() {`,
    `  ${emitParts(step.script).join(' &&\n  ')}`,
    '}',
    '',
  ].join('\n');
}

/** Neighbouring literals are joined: a shell command for each would be slow for long lists of commands. */
function emitParts(parts: Part[]): string[] {
  const lines: string[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') lines.push(`literal ${quote(literal)}`);
    literal = '';
  };
  for (const part of parts) {
    if ('literal' in part) literal += part.literal;
    else {
      flush();
      lines.push(`output_of ${part.outputOf}`);
    }
  }
  flush();
  return lines.length > 0 ? lines : ["literal ''"];
}
