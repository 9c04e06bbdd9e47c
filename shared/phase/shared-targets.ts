// Warns of what another registered pipeline publishes to as well: both may mean it, and consumers then get whichever comes last.
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';
import { parameterKey } from '../model/published-targets-schema.ts';
import type { Registry } from '../store/registry.ts';
import { registeredPipelines } from './resolve-pipeline.ts';

/** Targets that a warning names. */
const mostNamed = 3;

/** What consumers see that a pipeline sets, in words, by what is equal for the same thing. `own`: the stack's account. */
function targetsOf({ imageRecipe, distributionConfiguration }: Pipeline, own: string): Map<string, string> {
  const { channel, distributions } = distributionConfiguration;
  const name = normalisedName(imageRecipe.name);
  const found = new Map<string, string>();
  if (channel !== undefined) found.set(`channel ${name} ${channel}`, `the channel ${channel} of ${name}`);
  for (const { region, launchTemplateConfigurations = [], ssmParameterConfigurations = [] } of distributions) {
    for (const { launchTemplateId: id } of launchTemplateConfigurations) found.set(id, `launch template ${id}`);
    for (const { parameterName, amiAccountId = own } of ssmParameterConfigurations) {
      const place = amiAccountId === own ? region : `${region} of account ${amiAccountId}`;
      found.set(`${region} ${parameterKey(parameterName, amiAccountId)}`, `SSM parameter ${parameterName} in ${place}`);
    }
  }
  return found;
}

/** Reads the other pipelines only where this one sets anything that they may set too. */
export async function sharedTargetWarnings(
  registry: Pick<Registry, 'pipelines' | 'imageRecipes' | 'configurations'>,
  pipeline: Pipeline,
  own: string,
): Promise<string[]> {
  const targets = targetsOf(pipeline, own);
  if (targets.size === 0) return [];
  const others = (await registeredPipelines(registry)).filter(
    ({ name }) => normalisedName(name) !== normalisedName(pipeline.name),
  );
  return others.flatMap((other) => {
    const theirs = targetsOf(other, own);
    const both = [...targets].flatMap(([key, text]) => (theirs.has(key) ? [text] : []));
    if (both.length === 0) return [];
    const more = both.length > mostNamed ? [`${both.length - mostNamed} more`] : [];
    const named = [...both.slice(0, mostNamed), ...more].join(', ');
    return [
      `The pipeline ${other.name} publishes to ${named}, too: consumers get the image of whichever publishes last.`,
    ];
  });
}
