// Key pairs, which other image builders make for every build. No instance here takes SSH connections: they are kept, and named at launch.
import { createHash, generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { newId } from './identifier.ts';
import { list, optional, required } from './input.ts';
import type { KeyPairRecord, Scope } from './records.ts';
import type { Ec2 } from './room.ts';
import { setTags, tagSet, tagSpecifications, tagsOf } from './tags.ts';

const generate = promisify(generateKeyPair);

export const createKeyPairParameters = 'KeyName KeyType KeyFormat TagSpecification';

const of = (ec2: Ec2, { accountId, region }: Scope) =>
  Object.values(ec2.records.keyPairs).filter((one) => one.accountId === accountId && one.region === region);

const missing = (what: string, name: string) =>
  new AwsError('InvalidKeyPair.NotFound', `The ${what} '${name}' does not exist`);

/** The name, if the caller has such a key pair in this region. */
export function checkKeyName(ec2: Ec2, scope: Scope, name: string): string {
  if (of(ec2, scope).some(({ keyName }) => keyName === name)) return name;
  throw missing('key pair', name);
}

/** One pair is made at a time for each name, so that the check for a duplicate holds. */
export function createKeyPair(ec2: Ec2): Operation {
  const making = new Set<string>();
  return async (input, caller) => {
    const keyName = required(input, 'KeyName');
    const { accountId, region } = caller;
    const key = `${accountId} ${region} ${keyName}`;
    if (making.has(key) || of(ec2, caller).some((one) => one.keyName === keyName))
      throw new AwsError('InvalidKeyPair.Duplicate', `The keypair '${keyName}' already exists.`);
    const keyType = optional(input, 'KeyType') ?? 'rsa';
    if (keyType !== 'rsa' || (optional(input, 'KeyFormat') ?? 'pem') !== 'pem')
      throw new AwsError('UnsupportedOperation', 'The local cloud makes key pairs of type rsa in format pem only.');
    const tags = tagSpecifications(input, ['key-pair'])['key-pair'];
    making.add(key);
    try {
      const { privateKey } = await generate('rsa', { modulusLength: 2048 });
      // docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html: the SHA-1 of the private key's DER where EC2 made the pair.
      const keyFingerprint = createHash('sha1')
        .update(privateKey.export({ type: 'pkcs8', format: 'der' }))
        .digest('hex')
        .replace(/..(?!$)/g, '$&:');
      const createTime = new Date(ec2.cloud.clock.now()).toISOString();
      const pair: KeyPairRecord = {
        ...{ accountId, region, keyPairId: newId('key'), keyName, keyType, keyFingerprint, createTime },
      };
      ec2.records.keyPairs[pair.keyPairId] = pair;
      setTags(ec2, caller, pair.keyPairId, tags);
      ec2.records.save();
      const keyMaterial = privateKey.export({ type: 'pkcs1', format: 'pem' });
      return { keyName, keyFingerprint, keyMaterial, keyPairId: pair.keyPairId, tagSet: tagSet(tags ?? {}) };
    } finally {
      making.delete(key);
    }
  };
}

export const keyPairOperations = (ec2: Ec2): Record<string, Operation> => ({
  DescribeKeyPairs(input, caller) {
    const all = of(ec2, caller);
    const found = (parameter: 'KeyName' | 'KeyPairId', what: string, field: 'keyName' | 'keyPairId') =>
      list(input, parameter).map((name) => {
        const pair = all.find((one) => one[field] === name);
        if (!pair) throw missing(what, name);
        return pair;
      });
    const named = [...found('KeyName', 'key pair', 'keyName'), ...found('KeyPairId', 'key pair ID', 'keyPairId')];
    const tags = (pair: KeyPairRecord) => tagsOf(ec2, caller.accountId, pair.keyPairId);
    const shown = filtered(
      named.length > 0 ? named : all,
      input,
      {
        'key-name': (pair) => [pair.keyName],
        'key-pair-id': (pair) => [pair.keyPairId],
        fingerprint: (pair) => [pair.keyFingerprint],
      },
      tags,
    );
    return {
      keySet: shown.map((pair) => {
        const { keyPairId, keyName, keyType, keyFingerprint, createTime } = pair;
        return { keyPairId, keyName, keyType, keyFingerprint, createTime, tagSet: tagSet(tags(pair)) };
      }),
    };
  },
  /** Of a name that is none EC2 says that it is gone, and nothing else. */
  DeleteKeyPair(input, caller) {
    const pair = wanted(ec2, input, caller);
    if (!pair) return { return: true };
    delete ec2.records.keyPairs[pair.keyPairId];
    delete ec2.records.tags[pair.keyPairId];
    ec2.records.save();
    return { return: true, keyPairId: pair.keyPairId };
  },
});

function wanted(ec2: Ec2, input: Input, caller: Caller): KeyPairRecord | undefined {
  const id = optional(input, 'KeyPairId');
  const name = id ?? required(input, 'KeyName');
  return of(ec2, caller).find((one) => (id ? one.keyPairId : one.keyName) === name);
}
