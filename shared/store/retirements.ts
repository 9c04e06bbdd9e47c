// Keeps an image from being used and retired at once: who retires it marks it and looks at its uses then; who uses it notes that and looks at the mark then. One of the two sees the other.
import type { Table } from '../aws/table.ts';
import type { RetirementMark } from '../model/image-record.ts';

export type Retirements = {
  /** False while another run has its mark on the image. */
  mark(image: string, mark: RetirementMark, now: number): Promise<boolean>;
  /** Takes back the mark of this run. */
  unmark(image: string, run: string): Promise<void>;
  /** Notes that the build of `by` starts from the image; `now` is epoch milliseconds. */
  use(image: string, by: string, now: number): Promise<void>;
  /** The images whose builds have started from it of late. */
  users(image: string): Promise<string[]>;
};

const imageKey = (image: string) => ({ pk: image, sk: 'image' });
const prefix = 'used-by#';

/** Milliseconds for which what EC2 was asked by a run may still happen after its end. */
const grace = 60_000;
/** Seconds after which the record of who uses an image tells it, or its build has long ended: an approval may take weeks. */
const remembered = 60 * 24 * 60 * 60;

/** Whether a run may be at an image now (epoch milliseconds). The mark of one that was killed stays, and means nothing. */
export const isRetiring = ({ retiring }: { retiring?: RetirementMark }, now: number): boolean =>
  retiring !== undefined && now <= retiring.until + grace;

/** Reads are strongly consistent, which is what the order of write and look counts on. */
export const retirements = (table: Table): Retirements => ({
  async mark(image, mark, now) {
    const written = await table.update(imageKey(image), {
      set: 'retiring = :mark',
      names: { '#run': 'run', '#until': 'until' },
      values: { ':mark': mark, ':run': mark.run, ':dead': now - grace },
      when: 'attribute_exists(pk) AND (attribute_not_exists(retiring) OR retiring.#run = :run OR retiring.#until < :dead)',
    });
    return written !== undefined;
  },
  unmark: async (image, run) =>
    void (await table.update(imageKey(image), {
      remove: 'retiring',
      names: { '#run': 'run' },
      values: { ':run': run },
      when: 'retiring.#run = :run',
    })),
  use: (image, by, now) =>
    table.put({ pk: image, sk: `${prefix}${by}`, by, expires: Math.floor(now / 1000) + remembered }),
  users: async (image) => (await table.query(image, prefix)).map(({ by }) => String(by)),
});
