// Asks a person whether the tested image is to be published, and waits for the answer.
import type { Notices } from '../aws/notices.ts';
import { approvalOutcome, decisionText } from '../build/approval.ts';
import { outputs } from '../build/ending.ts';
import type { Plan } from '../build/plan.ts';
import { CancelledError, NotFoundError } from '../errors.ts';
import type { Approval } from '../model/approval-schema.ts';
import type { ImageRecord } from '../model/image-record.ts';
import { imageSummary } from '../model/image-summary.ts';
import type { Ledgers } from '../store/ledgers.ts';
import type { Plans } from '../store/plans.ts';
import type { Wait } from '../store/waits.ts';
import { awaitResource, type Look, type Waiting } from './await-resource.ts';
import { inState, isoTime } from './timeline.ts';

export type AwaitingApproval = Waiting & {
  ledgers: Ledgers;
  plans: Plans;
  notices: Notices;
  accountId: string;
  /** What changed against the pipeline's newest earlier image. */
  changes?(image: ImageRecord): Promise<string | undefined>;
};

const state = 'AwaitApproval';
const hour = 60 * 60_000;

/** The wait of an image for its approval: the image itself is the resource. */
export const approvalWait = (image: string, region: string): Wait => ({
  ...{ resource: image, wanted: 'approved', image, entry: state, timeline: state, region },
});

/** Whether the record says how it was decided, or that the time is over. */
export const lookAtApproval =
  ({ images, now }: Pick<Waiting, 'images' | 'now'>): Look =>
  async ({ image }) => {
    const { approval } = await images.read(image);
    const outcome = approvalOutcome(approval, now());
    return outcome && { outcome, notes: approval?.decision ? [decisionText(approval)] : [] };
  };

export async function awaitApproval(awaiting: AwaitingApproval, { image, token }: { image: string; token: string }) {
  const { images, ledgers, plans } = awaiting;
  const [ledger, plan] = await Promise.all([ledgers.read(image), plans.read(image)]);
  if (ledger.closed) throw new CancelledError(`The build of ${image} has ended: nobody is asked any more.`);
  const asked = plan.approval;
  if (!asked) throw new NotFoundError(`The pipeline of ${image} asks for no approval.`);
  const until = isoTime({ now: () => awaiting.now() + asked.timeoutHours * hour });
  await inState(awaiting, image, { state, label: `until ${until}` }, async () => {
    const record = await images.requestApproval(image, { requested: isoTime(awaiting), until });
    if (!record.approvalAsked) {
      const amis = outputs(plan, ledger, awaiting.accountId);
      await ask(awaiting, { ...record, outputResources: { amis } }, plan, record.approval!);
      await images.approvalAsked(image);
    }
    await awaitResource(awaiting, approvalWait(image, plan.homeRegion), token, lookAtApproval(awaiting));
  });
}

/** A person who cannot be told would not answer: a topic that refuses fails the build. Asked again where a crash comes between. */
async function ask({ notices, changes }: AwaitingApproval, image: ImageRecord, plan: Plan, approval: Approval) {
  const changed = await changes?.(image).catch(() => undefined);
  const record = { ...image, ...(changed && { changes: changed }) };
  const answers = [`image-builder approve ${image.arn}`, `image-builder reject ${image.arn} --reason '…'`];
  const summary = imageSummary(record);
  const { until } = approval;
  const amis = image.outputResources.amis;
  await notices.putEvent({
    detailType: 'EC2 Image Builder Workflow Step Waiting',
    resources: [image.arn],
    detail: { 'workflow-step-name': state, name: image.name, version: image.version, until, amis },
  });
  const topic = plan.approval?.snsTopicArn ?? plan.infrastructure.snsTopicArn;
  if (!topic) return;
  const message = {
    summary,
    question: `Is it to be published? Answer until ${until}.`,
    answers,
    image: image.arn,
    amis,
  };
  await notices.publish(topic, `${image.name} ${image.version} waits for approval`, message);
}
