// The stores of everything that is registered, over one table.
import type { Table } from '../aws/table.ts';
import { type Components, components } from './components.ts';
import { type Configurations, configurations } from './configurations.ts';
import { type ImageRecipes, imageRecipes } from './image-recipes.ts';
import { type Pipelines, pipelines } from './pipelines.ts';

export type Registry = {
  components: Components;
  imageRecipes: ImageRecipes;
  configurations: Configurations;
  pipelines: Pipelines;
};

export function registry(table: Table): Registry {
  return {
    components: components(table),
    imageRecipes: imageRecipes(table),
    configurations: configurations(table),
    pipelines: pipelines(table),
  };
}
