// Keeps registered recipes: versions that never change; other content is another version.
import type { Table } from '../aws/table.ts';
import type { ShippedFile } from '../build/scripts.ts';
import type { ImageRecipe } from '../model/image-recipe-schema.ts';
import { normalisedName } from '../model/names.ts';
import { type RecipeVersion, recipeVersion } from '../model/recipe-version.ts';
import {
  formatVersion,
  parseVersion,
  parseVersionSortKey,
  type VersionReference,
  versionSortKey,
  versionSortKeyPrefix,
} from '../model/versions.ts';
import { kinds } from './kinds.ts';

export type RecipeRecord = {
  recipe: ImageRecipe;
  files: ShippedFile[];
  /** Of the recipe without its version, and of the files. */
  hash: string;
  /** The version its author asked for. */
  asked: string;
  description?: string | undefined;
  dateCreated: string;
};

export type ImageRecipes = {
  /** The newest version that a reference allows. */
  find(name: string, reference: VersionReference): Promise<RecipeRecord | undefined>;
  /** Stores a recipe under the version that its content gets; `record.recipe.semanticVersion` is the one asked for. */
  put(record: Omit<RecipeRecord, 'asked'>): Promise<RecipeVersion>;
  /** Every version with its content, newest first. */
  all(name: string): Promise<RecipeRecord[]>;
  /** Every version, newest first. */
  versions(name: string): Promise<string[]>;
  delete(name: string, version: string): Promise<void>;
};

const partition = (name: string) => `image-recipe#${normalisedName(name)}`;
const keyOf = (name: string, version: string) => ({
  pk: partition(name),
  sk: versionSortKey(parseVersion(version)!, 0),
});

export function imageRecipes(table: Table): ImageRecipes {
  const known = async (name: string) => {
    const items = await table.query(partition(name), '', { newestFirst: true, only: ['sk', 'asked', 'hash'] });
    return items.flatMap(({ sk, asked, hash }) => {
      const key = parseVersionSortKey(String(sk));
      return key ? [{ version: key.version, asked: String(asked), hash: String(hash) }] : [];
    });
  };
  return {
    async find(name, reference) {
      const [item] = await table.query(partition(name), versionSortKeyPrefix(reference), {
        newestFirst: true,
        limit: 1,
      });
      return item as unknown as RecipeRecord | undefined;
    },
    async put({ recipe, ...record }) {
      const { name, semanticVersion: asked } = recipe;
      await kinds(table).note('image-recipe', name);
      for (;;) {
        const decided = recipeVersion(asked, await known(name), record.hash);
        if (decided.change === 'unchanged') return decided;
        const kept = { ...recipe, semanticVersion: decided.version };
        if (await table.putNew({ ...keyOf(name, decided.version), recipe: kept, asked, ...record })) return decided;
      }
    },
    all: async (name) => (await table.query(partition(name), '', { newestFirst: true })) as unknown as RecipeRecord[],
    versions: async (name) => (await known(name)).map(({ version }) => formatVersion(version)),
    delete: (name, version) => table.delete(keyOf(name, version)),
  };
}
