// Counts the scheduled builds of a pipeline that failed one after the other.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';

export type PipelineHealth = {
  /** Counts an image that has ended, once, and never after a later one; answers the failures in a row, or undefined when it was not counted. */
  count(
    pipeline: string,
    image: { arn: string; dateCreated: string },
    ended: 'success' | 'failure',
  ): Promise<number | undefined>;
  failures(pipeline: string): Promise<number>;
  reset(pipeline: string): Promise<void>;
};

const key = (pipeline: string) => ({ pk: `pipeline#${normalisedName(pipeline)}`, sk: 'health' });

export function pipelineHealth(table: Table): PipelineHealth {
  const failures = async (pipeline: string) => Number((await table.get(key(pipeline)))?.failures ?? 0);
  return {
    failures,
    async count(pipeline, { arn, dateCreated }, ended) {
      const counted = await table.update(key(pipeline), {
        set: `counted = :counted, failures = ${ended === 'success' ? ':zero' : 'if_not_exists(failures, :zero) + :one'}`,
        values: { ':counted': `${dateCreated}#${arn}`, ':zero': 0, ...(ended === 'failure' && { ':one': 1 }) },
        when: 'attribute_not_exists(counted) OR counted < :counted',
      });
      return counted && Number(counted.failures);
    },
    reset: async (pipeline) =>
      void (await table.update(key(pipeline), {
        set: 'failures = :zero',
        values: { ':zero': 0 },
        when: 'attribute_exists(pk)',
      })),
  };
}
