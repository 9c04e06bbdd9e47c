// Checks every setting of a distribution before anything is launched: minutes that save an hour.
import { needsChecks } from '../build/preflight.ts';
import { InvalidRequestError } from '../errors.ts';
import { type DistributionProblem, problemsText, settingText } from '../model/preflight.ts';
import type { Images } from '../store/images.ts';
import type { Plans } from '../store/plans.ts';
import { type Asking, findingsOf } from './preflight/check.ts';
import { checksOf } from './preflight/checks.ts';
import { inState, isoTime } from './timeline.ts';

export type Checking = Asking & { images: Images; plans: Plans; now(): number };

const state = 'CheckDistribution';

/** InvalidRequestError with every setting that would fail; the record has them one by one. What could not be found out is a note. */
export async function checkDistribution(checking: Checking, { image }: { image: string }): Promise<void> {
  const { images, plans } = checking;
  await inState(checking, image, { state }, async () => {
    const [plan, { dateCreated }] = await Promise.all([plans.read(image), images.read(image)]);
    if (!needsChecks(plan, dateCreated)) return;
    const { problems, unchecked, warnings } = await findingsOf(checksOf(checking, plan, dateCreated));
    await images.note(image, [...warnings.map(warning), ...unchecked.map(note)].slice(0, most));
    if (problems.length === 0) return;
    await images.failRegions(image, problems.slice(0, most).map(regionFailure));
    throw new InvalidRequestError(problemsText(problems));
  });
  await images.finish(image, state, { ended: isoTime(checking) });
}

const warning = (problem: DistributionProblem) => `${settingText(problem)}: ${problem.message}`;
const note = (problem: DistributionProblem) => `Could not be checked: ${settingText(problem)}. ${problem.message}`;

/** Problems that a record holds, and characters of each: an item has at most 400 KB with everything else of the image. */
const most = 100;
const longest = 1000;

const regionFailure = ({ region, account, setting, message }: DistributionProblem) => ({
  region,
  ...(account && { account }),
  imageConfigurationStep: setting,
  errorMessage: message.slice(0, longest),
});
