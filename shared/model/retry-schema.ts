// How long the tested AMI of a build that fails is kept for a retry.
import * as z from 'zod';

/** Hours, thirty days at most: the AMI's snapshots are paid for. Absent: nothing is kept. */
export const retainForRetrySchema = z.int().min(1).max(720).optional();

/** The tested AMI that an image keeps after its failure, and until when (ISO 8601). */
export type RetainedAmi = { region: string; image: string; until: string };
