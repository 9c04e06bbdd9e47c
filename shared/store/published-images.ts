// Keeps which images of a pipeline were about to be published, newest first; what became of them is in their records.
import type { Table } from '../aws/table.ts';
import { normalisedName } from '../model/names.ts';

export type PublishedImages = {
  add(pipelineName: string, image: { arn: string; dateCreated: string }): Promise<void>;
  /** ARNs, the newest first, at most `most`. */
  newest(pipelineName: string, most: number): Promise<string[]>;
};

const partition = (pipelineName: string) => `published-images#${normalisedName(pipelineName)}`;

export const publishedImages = (table: Table): PublishedImages => ({
  add: (pipelineName, { arn, dateCreated }) =>
    table.put({ pk: partition(pipelineName), sk: `${dateCreated}#${arn}`, arn }),
  async newest(pipelineName, most) {
    const items = await table.query(partition(pipelineName), '', { newestFirst: true, limit: most });
    return items.slice(0, most).map(({ arn }) => String(arn));
  },
});
