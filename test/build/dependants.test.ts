import { describe, expect, test } from 'vitest';
import {
  broken,
  dependenciesOfPipeline,
  dependenciesOfRecipe,
  type Registered,
} from '../../shared/build/dependants.ts';
import { pipelineDefinitionSchema } from '../../shared/model/pipeline-schema.ts';

const nginx = (version: string): Registered => ({ type: 'component', name: 'nginx', version });
const by: Registered = { type: 'image-recipe', name: 'web', version: '1.0.0' };
const breaks = (reference: string, deleted: string[], left: string[]) =>
  broken(dependenciesOfRecipe(by, [{ component: reference }]), deleted.map(nginx), left.map(nginx)).length > 0;

describe('a reference to a component', () => {
  test.each([
    ['nginx/1.0.0/1', ['1.0.0/1'], ['1.0.0/2'], true],
    ['nginx/1.0.0/1', ['1.0.0/2'], ['1.0.0/1'], false],
    ['nginx/1.0.0', ['1.0.0/1'], ['1.0.0/2'], false],
    ['nginx/1.0.0', ['1.0.0/1', '1.0.0/2'], ['1.0.1/1'], true],
    ['nginx/1.x.x', ['1.2.0/1'], ['1.1.0/1'], false],
    ['nginx/1.x.x', ['1.2.0/1'], ['11.0.0/1', '2.0.0/1'], true],
    ['Nginx/x.x.x', ['1.2.0/1'], [], true],
    ['apache/x.x.x', ['1.2.0/1'], [], false],
  ])('%s without %j, with %j left: broken %s', (reference, deleted, left, expected) => {
    expect(breaks(reference, deleted, left)).toBe(expected);
  });
});

test('a pipeline refers to its recipe and configurations, or to the components of its own recipe', () => {
  const named = pipelineDefinitionSchema.parse({
    ...{ name: 'Web Server', imageRecipe: 'web/1.x.x', infrastructureConfiguration: 'Small_One' },
  });
  expect(dependenciesOfPipeline(named).map(({ type, name, text }) => [type, name, text])).toEqual([
    ['image-recipe', 'web', 'web/1.x.x'],
    ['infrastructure-configuration', 'small-one', 'Small_One'],
  ]);
  const recipe = {
    name: 'web',
    semanticVersion: '1.0.0',
    parentImage: 'base/x.x.x',
    components: [{ component: 'nginx/x.x.x' }],
  };
  const own = pipelineDefinitionSchema.parse({ name: 'web', imageRecipe: recipe });
  expect(dependenciesOfPipeline(own).map(({ type, name }) => [type, name])).toEqual([['component', 'nginx']]);
});
