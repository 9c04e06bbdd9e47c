// A program to a bash script: the driver, which is the same in every script, and the steps.
import { createHash } from 'node:crypto';
import { attemptDriver } from './driver/attempt.ts';
import { conditionDriver } from './driver/condition.ts';
import { detailDriver, noDetailDriver } from './driver/detail.ts';
import { documentDriver } from './driver/document.ts';
import { jsonDriver } from './driver/json.ts';
import { loopDriver } from './driver/loop.ts';
import { resultDriver } from './driver/result.ts';
import { secretDriver } from './driver/secret.ts';
import { stateDriver } from './driver/state.ts';
import { stepsDriver } from './driver/steps.ts';
import { streamDriver } from './driver/stream.ts';
import { valuesDriver } from './driver/values.ts';
import { sharedTexts, valuesOf } from './emit-parts.ts';
import { documentDetail, emitStep, partsOf } from './emit-step.ts';
import { instanceHost, type Program } from './program.ts';
import { comment, quote } from './quote.ts';

/** How much of a step's stdout is kept for later steps that refer to it, in bytes; a reference to more fails the later step. */
export const keptBytes = 1024 * 1024;

/**
 * The script of a program; same program, same bytes. It needs bash 4 and coreutils, and for values of Parameter Store the aws CLI or curl.
 * stdout: everything the steps print, between marker lines; stderr: at the end, one line with the result as JSON; exit code 0, 1, or 194 for a reboot.
 */
export function emit(program: Program): string {
  const { steps } = program;
  const host = program.host ?? instanceHost;
  const run = createHash('sha256').update(program.runKey).digest('hex').slice(0, 32);
  const values = steps.flatMap(partsOf).flatMap((parts) => valuesOf(parts));
  const referred = new Set(values.map((value) => ('outputOf' in value ? `${value.outputOf}.${value.variable}` : '')));
  const shared = sharedTexts(steps.map((step) => step.script));
  return [
    '#!/bin/bash',
    comment(`${program.name}: made by Serverless Image Builder, run by bash 4 or newer.`),
    `program=${quote(program.name)}`,
    `program_detail=${quote(documentDetail(program))}`,
    `run=${run}`,
    `state_directory=${quote(host.stateDirectory)}`,
    'root=$state_directory/$run',
    'state=$root',
    `boot_record=${quote(host.bootRecord)}`,
    `working_directory=${quote(program.workingDirectory)}`,
    `kept_bytes=${keptBytes}`,
    `notes_from_steps=${program.notesFromSteps ? 1 : 0}`,
    `remove_state=${program.removeState ? 1 : 0}`,
    `print_detail=${program.detailedOutput === 'print' ? 1 : 0}`,
    `own_steps=${program.ownSteps ?? steps.length}`,
    ...[
      stateDriver,
      valuesDriver,
      ...(values.some((value) => 'secret' in value || 'secretNamedBy' in value) ? [secretDriver] : []),
      streamDriver,
      attemptDriver,
      ...(steps.some((step) => step.loop) ? [loopDriver] : []),
      ...(steps.some((step) => step.condition) ? [conditionDriver] : []),
      ...(steps.some((step) => step.document) ? [documentDriver] : []),
      stepsDriver,
      jsonDriver,
      program.detailedOutput ? detailDriver : noDetailDriver,
      resultDriver,
    ].map(withoutComments),
    ...[...shared].map(([text, variable]) => `${variable}=${quote(text)}`),
    ...steps.map((step, index) => emitStep(step, index, referred, shared)),
    'main',
    '',
  ].join('\n');
}

/** Comments of the driver are for who reads it here: they would be a fifth of what is sent. */
function withoutComments(driver: string): string {
  return driver.replace(/^ *# .*\n/gm, '');
}
