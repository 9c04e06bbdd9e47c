// A version of a launch template that names the AMI, and the template's default version.
import { clientToken } from '../../build/client-token.ts';
import { type LaunchTemplateTarget, targetName } from '../../build/target.ts';
import { versionDescription } from '../../build/template-version.ts';
import { InvalidRequestError, NotFoundError, NotReadyError } from '../../errors.ts';
import { type Kind, type Reach, settling } from './kind.ts';

async function ownVersions({ launchTemplates }: Reach, target: LaunchTemplateTarget, image: string): Promise<number[]> {
  const found = await launchTemplates(target.region, target.account).versionsWith(target.id, target.after.imageId);
  return found.filter(({ description }) => description === versionDescription(image)).map(({ version }) => version);
}

/** Somebody may delete a template while it is published: then nothing leads to the AMI through it. */
async function unlessGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

export const launchTemplate: Kind<LaunchTemplateTarget> = {
  async apply(reach, target, { image }) {
    const { region, account, id, before, after } = target;
    const templates = reach.launchTemplates(region, account);
    const { defaultVersion } = await templates.find(id);
    const made = await ownVersions(reach, target, image);
    if (defaultVersion !== before.defaultVersion && !made.includes(defaultVersion))
      throw new InvalidRequestError(
        `The default version of ${targetName(target)} was ${before.defaultVersion} when publishing began and is ${defaultVersion} now: somebody else changed it, so nothing is published. Build again, or retry where retainForRetry keeps the AMI.`,
      );
    // The base is a number, not $Default: with the same token the request must stay the same.
    const version =
      made[0] ??
      (await templates.createVersion({
        LaunchTemplateId: id,
        SourceVersion: String(before.defaultVersion),
        LaunchTemplateData: { ImageId: after.imageId },
        VersionDescription: versionDescription(image),
        ClientToken: clientToken(reach.stackId, image, id, after.imageId),
      }));
    if (after.setDefaultVersion && defaultVersion !== version) await templates.setDefault(id, version);
  },
  async undo(reach, target, { image, quiet, now }) {
    const { region, account, id, before } = target;
    const templates = reach.launchTemplates(region, account);
    if (!(await unlessGone(templates.find(id)))) return;
    const made = await ownVersions(reach, target, image);
    if (made.length === 0 && now < quiet + settling)
      throw new NotReadyError(`A version of ${targetName(target)} may not be visible yet.`);
    if (made.length === 0) return;
    // The default version cannot be deleted.
    const { defaultVersion } = await templates.find(id);
    if (made.includes(defaultVersion)) await templates.setDefault(id, before.defaultVersion);
    for (const version of made) await templates.deleteVersion(id, version);
  },
  shows: ({ after }) => [after.imageId],
};
