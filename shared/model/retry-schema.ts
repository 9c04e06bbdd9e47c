// How long the tested AMI of a build that fails is kept for a retry.
import * as z from 'zod/mini';

/** Hours, thirty days at most: the AMI's snapshots are paid for. Absent: nothing is kept. */
export const retainForRetrySchema = z.optional(z.int().check(z.minimum(1), z.maximum(720)));

/** The tested AMI that an image keeps after its failure, and until when (ISO 8601). */
export type RetainedAmi = { region: string; image: string; until: string };
