// What every operation of EC2 is given: the cloud, the records, the machine room and the work going on behind the answers.
import type { Cloud } from '../cloud.ts';
import type { EbsKeys } from '../kms/ebs-keys.ts';
import type { Network } from '../machine/boot.ts';
import type { Limits } from '../machine/limits.ts';
import type { Machine } from '../machine/machine.ts';
import type { S3Store } from '../s3/store.ts';
import type { CopyLimits, CopyTally } from './copy-limits.ts';
import type { Records } from './records.ts';
import type { Refusal } from './refusal.ts';

export type Settings = {
  /** `none` gives instances a network of their own with nothing in it. */
  network: Network;
  /** Directories of the host that instances must not see, beside the state directory and the repository. */
  hidden: string[];
  refusals: Refusal[];
  limits: Partial<Limits>;
  copyLimits: CopyLimits;
  /** Regions that are not enabled, `region` for every account or `account region`. */
  disabledRegions: string[];
  /** Where exports are written. */
  s3?: S3Store | undefined;
  /** What KMS says of keys; where it is absent, every key is there and may be used. */
  keys?: EbsKeys | undefined;
  /** In place of the machine room, whose instances really run. */
  machine?: Machine | undefined;
  /** In place of those in the state directory. */
  records?: Records | undefined;
};

export type Background = {
  /** Goes on after the answer; ends quietly when the signal is aborted by `stop`. */
  start(work: (signal: AbortSignal) => Promise<void>): void;
  stop(): Promise<void>;
};

export type Ec2 = {
  cloud: Cloud;
  records: Records;
  machine: Machine;
  settings: Settings;
  background: Background;
  /** What was copied so far, by account and region. */
  copies: Record<string, CopyTally>;
  /** Where exports are written; absent where there is no S3. */
  s3?: S3Store | undefined;
  keys?: EbsKeys | undefined;
  /** Why no instance can be booted here, once that is known. */
  problem?: string;
};

export function background(): Background {
  const controller = new AbortController();
  const running = new Set<Promise<void>>();
  return {
    start(work) {
      if (controller.signal.aborted) return;
      const task = work(controller.signal)
        .catch((error: unknown) => {
          if (!controller.signal.aborted) console.error('The local EC2 failed behind its answer:', error);
        })
        .finally(() => running.delete(task));
      running.add(task);
    },
    async stop() {
      controller.abort(new Error('the local cloud is stopping'));
      await Promise.all(running);
    },
  };
}
