// What runs of many builds at once share: their pipelines, how functions are called, and how things are counted.
import { dynamoTable, type Table } from '../../shared/aws/table.ts';
import type { World } from './world.ts';

export type Builder = {
  table: Table;
  register(input: object): Promise<void>;
  start(pipeline: string): Promise<string>;
};

/** The stack of a world, for whoever builds with it; `start` answers the image's ARN. */
export async function builder({ clock, cloud }: World): Promise<Builder> {
  const { outputs, composed } = cloud();
  const table = dynamoTable(outputs.TableName!);
  // Finds its credentials now: while a function is loaded, the environment is that function's.
  await clock.during(table.get({ pk: 'none', sk: 'none' }));
  const invoke = async (name: string, input: object) => {
    const { payload, functionError } = await composed.host.invoke(name, JSON.stringify(input));
    if (functionError) throw new Error(`${name} fails: ${payload}`);
    return JSON.parse(payload) as { imageBuildVersionArn: string };
  };
  return {
    table,
    register: async (input) => void (await invoke(outputs.PutResourcesFunctionName!, input)),
    start: async (imagePipelineName) =>
      (await invoke(outputs.StartBuildFunctionName!, { imagePipelineName })).imageBuildVersionArn,
  };
}

/** What put-resources is called with, for a pipeline of one component that goes to the home region and to these. */
export const manyResources = (
  name: string,
  component: { name: string; data: string },
  regions: string[],
  more: object = {},
) => ({
  components: [{ semanticVersion: '1.0.0', ...component }],
  pipeline: {
    name,
    imageRecipe: {
      name,
      semanticVersion: '1.0.0',
      parentImage: 'ssm:/aws/service/debian/release/12/latest/amd64',
      components: [{ component: `${component.name}/1.0.0` }],
    },
    infrastructureConfiguration: {},
    ...more,
    distributionConfiguration: {
      distributions: ['us-east-1', ...regions].map((region) => ({ region, amiDistributionConfiguration: {} })),
    },
  },
});

/** How often each value is there. */
export function tally(values: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
