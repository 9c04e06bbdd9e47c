// Keeps the runs of pipelines: each request is decided once, and what was decided can be read for 90 days.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';
import type { PipelineRun } from '../model/pipeline-run.ts';

export type ServingBuild = { imageBuildVersionArn: string; executionArn: string };

/** A request as it was first seen; `served` once a build was started for it after it had waited. */
export type SeenRequest = { time: string; served?: ServingBuild };

export type Runs = {
  /** When the request of this id was first seen: `time` (ISO 8601) on the first call, that same time on every later one. */
  begin(pipeline: string, id: string, time: string): Promise<SeenRequest>;
  find(pipeline: string, time: string, id: string): Promise<PipelineRun | undefined>;
  /** Writes what became of a request; the first answer stands, and is answered. */
  record(pipeline: string, run: PipelineRun): Promise<PipelineRun>;
  /** Says of requests that waited which build serves them. */
  serve(pipeline: string, ids: string[], build: ServingBuild): Promise<void>;
  newest(pipeline: string, limit: number): Promise<PipelineRun[]>;
};

/** Seconds; Step Functions frees the name of an execution after 90 days, and with it the build of a client token. */
const remembered = 90 * 24 * 60 * 60;

const partition = (pipeline: string) => `pipeline#${normalisedName(pipeline)}`;
const runKey = ({ time, id }: { time: string; id: string }) => `run#${time}#${id}`;

export function runs(table: Table, now: () => number): Runs {
  const expires = () => Math.floor(now() / 1000) + remembered;
  const read = (item: Record<string, unknown> | undefined): PipelineRun | undefined => {
    if (!item) return undefined;
    const { pk: _, sk: __, expires: ___, ...run } = item;
    return run as PipelineRun;
  };
  const find: Runs['find'] = async (pipeline, time, id) =>
    read(await table.get({ pk: partition(pipeline), sk: runKey({ time, id }) }));
  return {
    find,
    async begin(pipeline, id, time) {
      const item = await table.update(
        { pk: partition(pipeline), sk: `request#${id}` },
        {
          set: '#time = if_not_exists(#time, :time), expires = :expires',
          names: { '#time': 'time' },
          values: { ':time': time, ':expires': expires() },
        },
      );
      const { time: seen, served } = item as unknown as SeenRequest;
      return { time: seen, ...(served && { served }) };
    },
    async record(pipeline, run) {
      const item = { pk: partition(pipeline), sk: runKey(run), ...run, expires: expires() };
      return (await table.putNew(item)) ? run : (await find(pipeline, run.time, run.id))!;
    },
    async serve(pipeline, ids, served) {
      for (const id of ids) {
        const request = await table.update(
          { pk: partition(pipeline), sk: `request#${id}` },
          {
            set: 'served = if_not_exists(served, :served)',
            values: { ':served': served },
            when: 'attribute_exists(pk)',
          },
        );
        if (!request) continue;
        const { imageBuildVersionArn: image, executionArn: execution } = request.served as ServingBuild;
        await table.update(
          { pk: partition(pipeline), sk: runKey({ time: String(request.time), id }) },
          {
            set: 'imageBuildVersionArn = :image, executionArn = :execution',
            values: { ':image': image, ':execution': execution },
            when: 'attribute_exists(pk)',
          },
        );
      }
    },
    newest: async (pipeline, limit) =>
      (await table.query(partition(pipeline), 'run#', { newestFirst: true, limit })).map((item) => read(item)!),
  };
}
