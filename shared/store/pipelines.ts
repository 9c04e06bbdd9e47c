// Keeps registered pipelines with the files of their recipes.
import type { Table } from '../aws/table.ts';
import type { ShippedFile } from '../build/scripts.ts';
import { NotFoundError } from '../errors.ts';
import { normalisedName } from '../model/names.ts';
import type { Pipeline } from '../model/pipeline-schema.ts';

export type PipelineRecord = { pipeline: Pipeline; files: ShippedFile[]; hash: string; dateUpdated: string };

export type Pipelines = {
  find(name: string): Promise<PipelineRecord | undefined>;
  read(name: string): Promise<PipelineRecord>;
  put(name: string, record: PipelineRecord): Promise<void>;
};

const keyOf = (name: string) => ({ pk: `pipeline#${normalisedName(name)}`, sk: 'pipeline' });

export function pipelines(table: Table): Pipelines {
  const find = async (name: string) => (await table.get(keyOf(name))) as unknown as PipelineRecord | undefined;
  return {
    find,
    async read(name) {
      const found = await find(name);
      if (!found)
        throw new NotFoundError(
          `There is no pipeline ${name}: register it with put-resources or 'image-builder build'.`,
        );
      return found;
    },
    put: (name, record) => table.put({ ...keyOf(name), ...record }),
  };
}
