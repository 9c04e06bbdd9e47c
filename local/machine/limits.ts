// How much of the host one instance may take, so that no component can fill its disk, its memory or its process table.
import { totalmem } from 'node:os';

export type Limits = {
  /** Bytes, the instance's tmpfs included. */
  memory: number;
  /** Processes and threads. */
  processes: number;
};

const gibibyte = 1024 ** 3;

export const defaultLimits: Limits = { memory: Math.floor(totalmem() / 2), processes: 4096 };

/** Bytes of a disk whose size nobody named: that of Amazon Linux's root volume. */
export const defaultDiskSize = 8 * gibibyte;
