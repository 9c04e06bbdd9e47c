// Who depends on a revoked image, and which launch permissions were ours to give and are ours to take.

import { parseArn } from '../model/arns.ts';
import { channelParameter, type DependentPipeline, type StillNaming } from '../model/channel.ts';
import { type ImageRecord, type ListedImage, mayOwnResources } from '../model/image-record.ts';
import { normalisedName } from '../model/names.ts';
import { parentImageText, parseParentImage } from '../model/parent-image.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { textOrder } from '../model/text-order.ts';
import { formatVersion } from '../model/versions.ts';
import { parameterName } from '../software/parent-family.ts';
import { buildsOn, madeBy } from './cascade.ts';
import type { Ledger } from './ledger.ts';
import { permissionTexts } from './publication.ts';
import type { LaunchPermissionTarget } from './target.ts';

/** Images made of this one at any distance, and what was distributed of them, that may still be used, oldest first. */
export function descendants(revoked: Pick<ImageRecord, 'arn' | 'outputResources'>, all: ListedImage[]): ListedImage[] {
  const found = new Set<string>();
  const search = ({ arn: parent, outputResources: { amis } }: Pick<ListedImage, 'arn' | 'outputResources'>) => {
    for (const one of all) {
      const { arn: child, ancestry, distributionOf } = one;
      const isSource = () => amis.some(({ image }) => image === distributionOf?.image);
      const made = distributionOf
        ? (distributionOf.from ?? (isSource() && parent)) === parent
        : ancestry?.parentImage.arn === parent;
      if (!made || found.has(child) || child === revoked.arn) continue;
      found.add(child);
      search(one);
    }
  };
  search(revoked);
  return all
    .filter((one) => found.has(one.arn) && mayOwnResources(one.state.status))
    .sort((a, b) => textOrder(a.dateCreated, b.dateCreated));
}

/** Pipelines whose parent is this image, `channels` being those that had it, `named` what its publishing set. */
export function pipelinesOn(
  image: ImageRecord,
  pipelines: Pipeline[],
  channels: string[],
  named: StillNaming[] = [],
): DependentPipeline[] {
  const { name, version, build } = madeBy(image.arn);
  const parameters = channels.map((channel) => parameterName(channelParameter(name, channel)));
  // Parents are read in the home region of the stack's own account.
  const home = parseArn(image.arn)?.region;
  const published = named
    .filter(({ kind, region, account }) => kind === 'ssmParameter' && region === home && account === undefined)
    .map(({ id }) => parameterName(id));
  const amis = image.outputResources.amis.map((ami) => ami.image);
  return pipelines.flatMap((pipeline): DependentPipeline[] => {
    const { parentImage } = pipeline.imageRecipe;
    const parent = parseParentImage(parentImage);
    const told = { name: pipeline.name, parentImage: parentImageText(parentImage) };
    if (parent?.kind === 'ssm') {
      const parameter = parameterName(parent.parameter);
      if (parameters.includes(parameter)) return [{ ...told, effect: 'takes another' }];
      return published.includes(parameter) ? [{ ...told, effect: 'may fail' }] : [];
    }
    if (parent?.kind === 'ami') return amis.includes(parent.imageId) ? [{ ...told, effect: 'fails' }] : [];
    if (parent?.kind !== 'image') return [];
    if (parent.version.build === undefined)
      return buildsOn(pipeline, madeBy(image.arn)) ? [{ ...told, effect: 'takes another' }] : [];
    const { major = 0, minor = 0, patch = 0 } = parent.version;
    const same = `${formatVersion({ major, minor, patch })}/${parent.version.build}` === `${version}/${build}`;
    return same && normalisedName(parent.name) === normalisedName(name) ? [{ ...told, effect: 'fails' }] : [];
  });
}

/** The launch templates and parameters that publishing set to an AMI of the image. */
export function namedBy(ledger: Pick<Ledger, 'publication'> | undefined): StillNaming[] {
  if (ledger?.publication?.status !== 'PUBLISHED') return [];
  return ledger.publication.targets.flatMap((target): StillNaming[] => {
    const { id, region, account } = target;
    const place = { id, region, ...(account !== undefined && { account }) };
    if (target.kind === 'launchTemplate') return [{ kind: target.kind, ...place, ami: target.after.imageId }];
    return target.kind === 'ssmParameter' ? [{ kind: target.kind, ...place, ami: target.after.value }] : [];
  });
}

type Permissions = Parameters<typeof permissionTexts>[0];

/** Of the launch permissions that an AMI has now: those that its publishing added, and those of somebody else. */
export function grantedByUs(
  ledger: Pick<Ledger, 'publication'> | undefined,
  { region, id }: { region: string; id: string },
  present: Permissions,
): { ours: string[]; others: string[] } {
  const granted = (ledger?.publication?.targets ?? [])
    .filter((target): target is LaunchPermissionTarget => target.kind === 'launchPermission')
    .filter((target) => target.region === region && target.id === id && !target.account)
    .flatMap(({ before, after }) => after.filter((text) => !before.includes(text)));
  const texts = permissionTexts(present);
  return {
    ours: texts.filter((text) => granted.includes(text)),
    others: texts.filter((text) => !granted.includes(text)),
  };
}
