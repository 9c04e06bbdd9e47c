// Registers components, recipes, configurations and a pipeline; the same again changes nothing.
import { contentHash } from '../build/content-hash.ts';
import { checkDocument } from '../component/check-document.ts';
import { InvalidDocumentError } from '../errors.ts';
import { resourceArn } from '../model/arns.ts';
import type {
  PutResourcesInput,
  PutResourcesOutput,
  PutResourcesRequest,
  ResourceChange,
} from '../model/put-resources.ts';
import type { ConfigurationOf, ConfigurationType } from '../store/configurations.ts';
import { putLifecyclePolicy, type RegisteringPolicies } from './put-lifecycle-policy.ts';
import { assertShareable, putPipeline } from './put-pipeline.ts';
import { assertOwnParent, type PutComponent, settledRecipe } from './put-recipe.ts';
import { tellFollowers } from './recipe-followers.ts';
import { isoNow, type Registering } from './registering.ts';

type Documents = NonNullable<PutResourcesRequest['components']>;

/** With `dryRun` the stores of `registering` are those of a rehearsal: here only what is outside the table is left out. */
export async function putResources(
  registering: Registering & RegisteringPolicies,
  request: PutResourcesRequest,
): Promise<PutResourcesOutput> {
  checkDocuments(request.components ?? []);
  checkOwn(registering, request);
  const put: PutComponent[] = [];
  const resources: ResourceChange[] = [];
  for (const component of request.components ?? []) {
    const made = await putComponent(registering, component);
    put.push(made.put);
    resources.push(made.resource);
  }
  const components = resources.map(({ name, arn, change }) => ({
    name,
    componentBuildVersionArn: arn,
    change: change === 'unchanged' ? ('unchanged' as const) : ('created' as const),
  }));
  for (const recipe of request.imageRecipes ?? []) resources.push(await putImageRecipe(registering, recipe, put));
  const recipeNames = (request.imageRecipes ?? []).map(({ recipe }) => recipe.name);
  for (const one of request.infrastructureConfigurations ?? [])
    resources.push(await putConfiguration(registering, 'infrastructure-configuration', one));
  for (const one of request.distributionConfigurations ?? [])
    resources.push(await putConfiguration(registering, 'distribution-configuration', one));
  const dryRun = request.dryRun === true;
  await tellFollowers(registering, recipeNames, { except: request.pipeline?.name, dryRun });
  for (const one of request.lifecyclePolicies ?? []) resources.push(await putLifecyclePolicy(registering, one, dryRun));
  const answer = request.pipeline && (await putPipeline(registering, request, request.pipeline, put));
  if (answer) {
    const { imagePipelineArn: arn, change } = answer;
    resources.push({ type: 'image-pipeline', name: request.pipeline!.name, arn, change });
  }
  return { dryRun, resources, components, warnings: [], ...answer };
}

function checkDocuments(documents: Documents): void {
  const problems = documents.flatMap(({ name, data }) =>
    checkDocument(data).diagnostics.flatMap(({ severity, code, message }) =>
      severity === 'error' ? [`Component ${name}: ${code}: ${message}`] : [],
    ),
  );
  if (problems.length > 0) throw new InvalidDocumentError(told(problems));
}

/** What needs no look at anything else, before anything is written. */
function checkOwn(
  { home, accounts }: Pick<Registering, 'home' | 'accounts'>,
  { imageRecipes = [], pipeline }: PutResourcesRequest,
): void {
  for (const { recipe } of imageRecipes) assertOwnParent(home, recipe);
  if (!pipeline || typeof pipeline.imageRecipe === 'string') return;
  assertOwnParent(home, pipeline.imageRecipe);
  const { imageRecipe, distributionConfiguration } = pipeline;
  if (typeof distributionConfiguration !== 'string')
    assertShareable({ home, accounts }, { imageRecipe, distributionConfiguration });
}

/** Problems that are told: documents may have hundreds, and the message travels into logs. */
const mostProblems = 20;

function told(problems: string[]): string {
  const more = problems.length > mostProblems ? [`and ${problems.length - mostProblems} more problems`] : [];
  return [...problems.slice(0, mostProblems), ...more].join('; ');
}

async function putComponent(
  registering: Registering,
  { name, semanticVersion: version, data, description, pinned = true }: Documents[number],
): Promise<{ put: PutComponent; resource: ResourceChange }> {
  const { components, home } = registering;
  const before = await components.find(name, {});
  const dateCreated = isoNow(registering);
  const { build, change } = await components.put(name, version, data, { description, dateCreated });
  const arn = resourceArn(home, 'component', name, `${version}/${build}`);
  const told = change === 'created' && before ? 'new version' : change;
  return { put: { name, version, build, pinned }, resource: { type: 'component', name, arn, change: told } };
}

async function putImageRecipe(
  registering: Registering,
  { recipe: asked, files, description }: PutResourcesInput['imageRecipes'][number],
  put: PutComponent[],
): Promise<ResourceChange> {
  const recipe = await settledRecipe(registering, asked, put);
  const { semanticVersion: _, ...content } = recipe;
  const hash = contentHash({ content, files, description });
  const record = { recipe, files, description, hash, dateCreated: isoNow(registering) };
  const { version, change, reason } = await registering.imageRecipes.put(record);
  const arn = resourceArn(registering.home, 'image-recipe', recipe.name, version);
  return { type: 'image-recipe', name: recipe.name, arn, change, ...(reason && { reason }) };
}

async function putConfiguration<Type extends ConfigurationType>(
  registering: Registering,
  type: Type,
  {
    name,
    description,
    configuration,
  }: { name: string; description?: string | undefined; configuration: ConfigurationOf[Type] },
): Promise<ResourceChange> {
  const hash = contentHash({ description, configuration });
  const record = { name, description, configuration, hash, dateUpdated: isoNow(registering) };
  const change = await registering.configurations.put(type, record);
  return { type, name, arn: resourceArn(registering.home, type, name), change };
}
