// Deletes what was registered, unless somebody refers to it; images and their AMIs are never touched.
import {
  allows,
  broken,
  type Dependency,
  dependenciesOfDocument,
  dependenciesOfPipeline,
  dependenciesOfRecipe,
  type Registered,
  registeredText,
} from '../build/dependants.ts';
import { executedDocuments } from '../component/executed-documents.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import { type Home, parseArn, parseResource, resourceArn } from '../model/arns.ts';
import type { DeleteResourcesInput, DeleteResourcesOutput } from '../model/delete-resources.ts';
import { normalisedName } from '../model/names.ts';
import { parseComponentReference } from '../model/references.ts';
import { parseVersionReference } from '../model/versions.ts';
import type { Images } from '../store/images.ts';
import type { Kinds } from '../store/kinds.ts';
import type { Registry } from '../store/registry.ts';
import { checkHome, isAt } from './own-references.ts';

export type Deleting = Registry & {
  kinds: Kinds;
  images: Images;
  home: Home;
  /** Ends what starts builds of a pipeline by itself; called before the pipeline is forgotten, perhaps twice. */
  unschedule(pipelineName: string): Promise<void>;
  /** The same for a lifecycle policy. */
  unscheduleLifecycle(policyName: string): Promise<void>;
};

const mostRemaining = 100;

export async function deleteResources(
  deleting: Deleting,
  { resources, dryRun = false }: DeleteResourcesInput,
): Promise<DeleteResourcesOutput> {
  const found = await Promise.all(resources.map((text) => meantBy(deleting, text)));
  const deleted = found
    .flat()
    .filter((one, index, all) => all.findIndex((other) => registeredText(other) === registeredText(one)) === index);
  const hindrances = broken(await dependencies(deleting, deleted), deleted, await left(deleting, deleted));
  if (hindrances.length > 0) {
    const told = hindrances.map(({ by, text }) => `${registeredText(by)} (as ${text})`).join(', ');
    throw new InvalidRequestError(
      `Nothing was deleted: ${deleted.map(registeredText).join(', ')} cannot go, since it is referred to by ${told}. Delete or change those first, or name them in the same call.`,
    );
  }
  const pipelines = deleted.filter(({ type }) => type === 'image-pipeline').map(({ name }) => name);
  const remaining = pipelines.length > 0 ? await imagesOf(deleting, pipelines) : [];
  if (!dryRun) for (const one of deleted) await forget(deleting, one);
  const told = deleted.map((one) => ({
    type: one.type,
    name: one.name,
    arn: resourceArn(deleting.home, one.type, one.name, one.version),
  }));
  return { dryRun, deleted: told, remaining };
}

/** What a reference means now; NotFoundError when that is nothing. */
async function meantBy(deleting: Deleting, text: string): Promise<Registered[]> {
  checkHome(deleting.home, text);
  const parsed = (parseArn(text) ?? parseResource(text))!;
  const { type, name } = parsed;
  if (type === 'image') throw new InvalidRequestError(`${text} is an image: images are not deleted here.`);
  const written = [parsed.version, parsed.build].filter((part) => part !== undefined).join('/');
  const version = written === '' ? undefined : parseVersionReference(written);
  const all = await versionsOf(deleting, { type, name: normalisedName(name) });
  const meant = all.filter((one) => allows({ ...(version && { version }) }, one.version));
  if (meant.length > 0) return meant;
  throw new NotFoundError(`There is no ${text}: nothing was deleted.`);
}

async function versionsOf(deleting: Deleting, { type, name }: Registered): Promise<Registered[]> {
  const { components, imageRecipes, configurations, pipelines } = deleting;
  switch (type) {
    case 'component':
      return (await components.versions(name)).map(({ version, build }) => ({
        type,
        name,
        version: `${version}/${build}`,
      }));
    case 'image-recipe':
      return (await imageRecipes.versions(name)).map((version) => ({ type, name, version }));
    case 'image-pipeline':
      return (await pipelines.find(name)) ? [{ type, name }] : [];
    case 'lifecycle-policy':
      return (await deleting.lifecyclePolicies.find(name)) ? [{ type, name }] : [];
    default:
      return (await configurations.find(type, name)) ? [{ type, name }] : [];
  }
}

/** What stays of the names of which something goes. */
async function left(deleting: Deleting, deleted: Registered[]): Promise<Registered[]> {
  const gone = new Set(deleted.map(registeredText));
  const kept = await Promise.all(deleted.map((one) => versionsOf(deleting, one)));
  return kept.flat().filter((one) => !gone.has(registeredText(one)));
}

/** Everything that pipelines and recipes which stay refer to. */
async function dependencies(deleting: Deleting, deleted: Registered[]): Promise<Dependency[]> {
  const { kinds, pipelines, imageRecipes } = deleting;
  const ofComponents = deleted.some(({ type }) => type === 'component');
  const gone = new Set(deleted.map(registeredText));
  const ofPipelines = (await kinds.names('image-pipeline')).map(async (name) => {
    const record = gone.has(registeredText({ type: 'image-pipeline', name })) ? undefined : await pipelines.find(name);
    if (!record) return [];
    const { name: pipelineName, imageRecipe } = record.pipeline;
    const by: Registered = { type: 'image-pipeline', name: pipelineName };
    const own = ofComponents && typeof imageRecipe !== 'string' ? imageRecipe.components : [];
    return [...dependenciesOfPipeline(record.pipeline), ...(await runWithParameters(deleting, by, own))];
  });
  if (!ofComponents) return (await Promise.all(ofPipelines)).flat();
  const ofRecipes = (await kinds.names('image-recipe')).map(async (name) =>
    (
      await Promise.all(
        (
          await imageRecipes.all(name)
        ).map(async ({ recipe: { semanticVersion, components } }) => {
          const by: Registered = { type: 'image-recipe', name, version: semanticVersion };
          if (gone.has(registeredText(by))) return [];
          return [...dependenciesOfRecipe(by, components), ...(await runWithParameters(deleting, by, components))];
        }),
      )
    ).flat(),
  );
  const ofDocuments = (await kinds.names('component')).map(async (name) =>
    (await deleting.components.all(name)).flatMap(({ version, build, data }) => {
      const by: Registered = { type: 'component', name, version: `${version}/${build}` };
      return gone.has(registeredText(by)) ? [] : dependenciesOfDocument(by, runBy(deleting, data));
    }),
  );
  return (await Promise.all([...ofPipelines, ...ofRecipes, ...ofDocuments])).flat();
}

/** What a document runs; what is of another account no build could have. */
const runBy = ({ home }: Deleting, data: string, parameters?: Record<string, string>) =>
  executedDocuments(data, parameters).filter((reference) => isAt(home, reference));

/** What documents run because of the parameters that a recipe gives them. */
async function runWithParameters(
  deleting: Deleting,
  by: Registered,
  entries: { component: string; parameters: Record<string, string> }[],
): Promise<Dependency[]> {
  const given = entries.filter(({ parameters }) => Object.keys(parameters).length > 0);
  const lists = given.map(async ({ component, parameters }) => {
    const reference = parseComponentReference(component);
    if (reference?.kind !== 'registered') return [];
    const found = await deleting.components.find(reference.name, reference.version);
    const run = found ? runBy(deleting, found.data, parameters) : [];
    return dependenciesOfDocument(by, run).map((one) => ({ ...one, text: `${one.text}, run by ${component}` }));
  });
  return (await Promise.all(lists)).flat();
}

async function imagesOf({ images }: Deleting, pipelines: string[]): Promise<DeleteResourcesOutput['remaining']> {
  const remaining: DeleteResourcesOutput['remaining'] = [];
  for await (const { arn, state, sourcePipelineName, outputResources } of images.all()) {
    if (!pipelines.includes(normalisedName(sourcePipelineName)) || outputResources.amis.length === 0) continue;
    const amis = outputResources.amis.map(({ region, image }) => ({ region, image }));
    remaining.push({ arn, status: state.status, amis });
    if (remaining.length === mostRemaining) break;
  }
  return remaining;
}

async function forget(deleting: Deleting, { type, name, version }: Registered): Promise<void> {
  const { components, imageRecipes, configurations, pipelines, kinds } = deleting;
  const [numbers = '', build] = version?.split('/') ?? [];
  if (type === 'component') await components.delete(name, numbers, Number(build));
  else if (type === 'image-recipe') await imageRecipes.delete(name, numbers);
  else if (type === 'image-pipeline') {
    await deleting.unschedule(name);
    await pipelines.delete(name);
  } else if (type === 'lifecycle-policy') {
    await deleting.unscheduleLifecycle(name);
    await deleting.lifecyclePolicies.delete(name);
  } else await configurations.delete(type, name);
  if (version !== undefined && (await versionsOf(deleting, { type, name })).length === 0)
    await kinds.forget(type, name);
}
