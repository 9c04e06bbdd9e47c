// Keeps registered pipelines with the files of their recipes: the newest, each registration by its content, and what a build was started with.
import type { Table } from '../aws/table.ts';
import type { ShippedFile } from '../build/scripts.ts';
import { NotFoundError } from '../errors.ts';
import { normalisedName } from '../model/names.ts';
import type { Pipeline, PipelineDefinition } from '../model/pipeline-schema.ts';
import { kinds } from './kinds.ts';

/** As registered: recipe and configurations may be references. */
export type PipelineRecord = {
  pipeline: PipelineDefinition;
  files: ShippedFile[];
  hash: string;
  dateUpdated: string;
  disabledReason?: string;
};

/** With everything that was referred to in its place. */
export type ResolvedPipeline = Omit<PipelineRecord, 'pipeline'> & { pipeline: Pipeline };

export type Pipelines = {
  find(name: string): Promise<PipelineRecord | undefined>;
  /** The newest registration, or the one with this content hash. */
  read(name: string, hash?: string): Promise<PipelineRecord>;
  /** Makes it the newest. `expires`: epoch seconds after which it can no longer be read by its hash. */
  put(name: string, record: PipelineRecord, expires: number): Promise<void>;
  /** Names of all that are registered, in order. */
  names(): Promise<string[]>;
  /** Disables the registration of this hash, if it is still the newest; until the next registration. */
  disable(name: string, hash: string, reason: string): Promise<void>;
  /** What an image is built of, once: later registrations do not change a build that has started. */
  freeze(image: string, record: ResolvedPipeline): Promise<void>;
  frozen(image: string): Promise<ResolvedPipeline>;
  /** Forgets the pipeline; what was built and what is being built of it stays. */
  delete(name: string): Promise<void>;
};

const keyOf = (name: string, hash?: string) => ({
  pk: `pipeline#${normalisedName(name)}`,
  sk: hash === undefined ? 'pipeline' : `content#${hash}`,
});
const frozenKey = (image: string) => ({ pk: image, sk: 'pipeline' });

export function pipelines(table: Table): Pipelines {
  const find = async (name: string) => (await table.get(keyOf(name))) as unknown as PipelineRecord | undefined;
  return {
    find,
    async read(name, hash) {
      const found = (await table.get(keyOf(name, hash))) as unknown as PipelineRecord | undefined;
      if (found) return found;
      const which = hash === undefined ? '' : ` with content ${hash} (registrations are kept for a week)`;
      throw new NotFoundError(
        `There is no pipeline ${name}${which}: register it with put-resources or 'image-builder build'.`,
      );
    },
    async put(name, record, expires) {
      await kinds(table).note('image-pipeline', name);
      await table.put({ ...keyOf(name, record.hash), ...record, expires });
      await table.put({ ...keyOf(name), ...record });
    },
    names: () => kinds(table).names('image-pipeline'),
    disable: async (name, hash, reason) =>
      void (await table.update(keyOf(name), {
        set: 'pipeline.#status = :disabled, disabledReason = :reason',
        names: { '#status': 'status', '#hash': 'hash' },
        values: { ':disabled': 'DISABLED', ':reason': reason, ':hash': hash },
        when: '#hash = :hash',
      })),
    freeze: async (image, { pipeline, files, hash, dateUpdated }) =>
      void (await table.putNew({ ...frozenKey(image), pipeline, files, hash, dateUpdated })),
    async frozen(image) {
      const found = await table.get(frozenKey(image));
      if (!found) throw new NotFoundError(`There is no pipeline of ${image}: start builds with start-build.`);
      return found as unknown as ResolvedPipeline;
    },
    async delete(name) {
      await table.delete(keyOf(name));
      await kinds(table).forget('image-pipeline', name);
    },
  };
}
