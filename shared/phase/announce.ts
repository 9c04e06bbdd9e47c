// Moves an image's status and tells the event bus, in AWS's shape plus what users miss in it.
import type { Notices } from '../aws/notices.ts';
import type { ImageRecord, ImageStatus } from '../model/image-record.ts';
import type { Images } from '../store/images.ts';

export type Announcer = { images: Images; notices: Notices };

/** `EC2 Image Builder Image State Change` under our own source; AWS's event has the two states only. */
export function stateChange(image: ImageRecord, previous: ImageStatus) {
  return {
    detailType: 'EC2 Image Builder Image State Change',
    resources: [image.arn],
    detail: {
      'previous-state': { status: previous },
      state: { status: image.state.status, ...(image.state.reason && { reason: image.state.reason }) },
      'image-pipeline': { name: image.sourcePipelineName, arn: image.sourcePipelineArn },
      name: image.name,
      version: image.version,
      amis: image.outputResources.amis,
      ...failure(image),
      ...(image.changes && { changes: image.changes }),
      ...(image.cost && { cost: { estimate: true, usd: image.cost.usd, usdPerMonth: image.cost.usdPerMonth } }),
      ...(image.leftovers && { leftovers: image.leftovers }),
      ...(image.tests && {
        tests: { total: image.tests.total, passed: image.tests.passed, failed: image.tests.failed },
      }),
    },
  };
}

/** The failed step, and of a component where it failed and how: without the command and its output, which may be long. */
function failure({ state: { failureContext } }: ImageRecord) {
  if (!failureContext) return undefined;
  const { command: _, stderr: __, ...componentFailure } = failureContext.componentFailure ?? {};
  return {
    failure: { ...failureContext, ...(failureContext.componentFailure && { componentFailure }) },
  };
}

/** Announces the last change of status, if that was not done yet: a crash between write and event repeats only the event. */
export async function announce({ images, notices }: Announcer, image: ImageRecord): Promise<void> {
  if (!image.unannounced) return;
  await notices.putEvent(stateChange(image, image.unannounced));
  await images.announced(image.arn, image.unannounced);
}

export async function advance(announcer: Announcer, arn: string, status: ImageStatus): Promise<void> {
  await announce(announcer, await announcer.images.advance(arn, status));
}
