// The stores of everything that is registered, over one table.
import type { Table } from '../aws/table.ts';
import { type Components, components } from './components.ts';
import { type Configurations, configurations } from './configurations.ts';
import { type ImageRecipes, imageRecipes } from './image-recipes.ts';
import { type LifecyclePolicies, lifecyclePolicies } from './lifecycle-policies.ts';
import { type Pipelines, pipelines } from './pipelines.ts';

export type Registry = {
  components: Components;
  imageRecipes: ImageRecipes;
  configurations: Configurations;
  lifecyclePolicies: LifecyclePolicies;
  pipelines: Pipelines;
};

export function registry(table: Table): Registry {
  return {
    components: components(table),
    imageRecipes: imageRecipes(table),
    configurations: configurations(table),
    lifecyclePolicies: lifecyclePolicies(table),
    pipelines: pipelines(table),
  };
}
