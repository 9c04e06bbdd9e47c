// Resource ids as EC2 makes them: a prefix and 17 hexadecimal digits.
import { createHash, randomBytes } from 'node:crypto';
import { AwsError } from '../service.ts';

export function newId(prefix: string): string {
  return `${prefix}-${randomBytes(9).toString('hex').slice(1)}`;
}

/** The same id for the same words, for what exists from the beginning: the default VPC, its subnets, the public images. */
export function fixedId(prefix: string, ...words: string[]): string {
  return `${prefix}-${createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 17)}`;
}

/** EC2's errors for ids of a kind that are malformed or belong to nothing; the texts are EC2's, which differ by kind. */
const kinds = {
  i: {
    malformed: 'InvalidInstanceID.Malformed',
    missing: 'InvalidInstanceID.NotFound',
    noun: 'instance ID',
    one: (id: string) => `'${id}'`,
    many: (ids: string) => `'${ids}'`,
  },
  ami: {
    malformed: 'InvalidAMIID.Malformed',
    missing: 'InvalidAMIID.NotFound',
    noun: 'image id',
    one: (id: string) => `'[${id}]'`,
    many: (ids: string) => `'[${ids}]'`,
  },
  snap: {
    malformed: 'InvalidSnapshotID.Malformed',
    missing: 'InvalidSnapshot.NotFound',
    noun: 'snapshot',
    one: (id: string) => `'${id}'`,
    many: (ids: string) => `'${ids}'`,
  },
  vol: {
    malformed: 'InvalidParameterValue',
    missing: 'InvalidVolume.NotFound',
    noun: 'volume',
    one: (id: string) => `'${id}'`,
    many: (ids: string) => `'${ids}'`,
  },
} as const;

export function checkId(kind: keyof typeof kinds, id: unknown): string {
  if (typeof id === 'string' && new RegExp(`^${kind}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) return id;
  throw new AwsError(kinds[kind].malformed, `Invalid id: "${String(id)}" (expecting "${kind}-...")`);
}

export function notFound(kind: keyof typeof kinds, ids: string[]): AwsError {
  const { missing, noun, one, many } = kinds[kind];
  const named = ids.length === 1 ? `${noun} ${one(ids[0]!)} does` : `${noun}s ${many(ids.join(', '))} do`;
  return new AwsError(missing, `The ${named} not exist`);
}
