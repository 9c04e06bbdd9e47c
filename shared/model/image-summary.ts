// An image in a few lines for people: what messages say first, and what somebody who is to approve it reads.
import { amiPlace } from './ami-place.ts';
import { costText } from './cost.ts';
import { type ImageRecord, isUnderWay } from './image-record.ts';

/** Status and name; AMIs by region; tests; where and why it failed; what changed; cost. One fact a line. */
export function imageSummary(image: ImageRecord): string[] {
  const { name, version, state, tests, outputResources, cost, changes, leftovers = [] } = image;
  const lines = [`${name} ${version} of pipeline ${image.sourcePipelineName} is ${state.status}${duration(image)}`];
  for (const ami of outputResources.amis) {
    lines.push(`AMI in ${amiPlace(image, ami)}: ${ami.image}`);
    if (ami.exported) lines.push(`Exported from ${ami.region}: ${ami.exported}`);
  }
  if (tests) lines.push(`Tests: ${tests.passed} of ${tests.total} passed`);
  const failed = failureLine(image);
  if (failed) lines.push(failed);
  if (state.reason) lines.push(...`Reason: ${state.reason}`.split('\n'));
  if (changes) lines.push(`Changes: ${changes}`);
  for (const { kind, id, region } of leftovers) lines.push(`Not released yet: ${kind} ${id} in ${region}`);
  if (cost) lines.push(`Cost: ${costText(cost)}`);
  return lines;
}

function duration({ state, dateCreated, dateEnded }: ImageRecord): string {
  if (isUnderWay(state.status) || !dateEnded) return '';
  const minutes = Math.round((Date.parse(dateEnded) - Date.parse(dateCreated)) / 60_000);
  return ` after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
}

function failureLine({ state: { failureContext = {} } }: ImageRecord): string | undefined {
  const { failedStep, componentFailure: failure } = failureContext;
  if (!failedStep) return undefined;
  const parts = [
    failure?.component && `component ${failure.component}`,
    failure?.phaseName && `phase ${failure.phaseName}`,
    failure?.stepName && `step ${failure.stepName}`,
    failure?.exitCode !== undefined && `exit code ${failure.exitCode}`,
  ].filter(Boolean);
  return `Failed in ${failedStep}${parts.length > 0 ? `: ${parts.join(', ')}` : ''}`;
}
