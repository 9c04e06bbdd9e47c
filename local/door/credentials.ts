// Access keys that the local cloud hands out (to functions, for assumed roles): the session token says whose they are, a secret kept in
// the state directory seals it, so keys stay good across a restart and nothing has to be stored.
import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { AwsError } from '../service.ts';

/** Who an issued key belongs to. */
export type Principal = { accountId: string; roleArn: string; sessionName: string };

export type IssuedKeys = { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };

export type Credentials = {
  /** Keys for a session of `roleArn`; they end after `seconds` (a century when left out: a function's process keeps its keys). */
  issue(roleArn: string, sessionName: string, seconds?: number): IssuedKeys;
  /** Whose keys these are and their secret; undefined when the local cloud did not issue them. */
  find(accessKeyId: string, sessionToken: string | undefined): { principal: Principal; secret: string } | undefined;
  /** The principal behind an issued key that has been used since the start. */
  principal(accessKeyId: string): Principal | undefined;
};

type Claims = Principal & { accessKeyId: string; until: number };

const prefix = 'ASIALOCAL';
/** Those of functions last as long as any clock of a test goes: their clients keep what they find in the environment. */
const century = 100 * 365 * 24 * 3600;

export function credentials(stateDirectory: string, clock: Clock): Credentials {
  const master = createSecretKey(masterSecret(stateDirectory));
  const seal = (text: string) => createHmac('sha256', master).update(text).digest('base64url');
  const secretOf = (accessKeyId: string) => seal(`secret ${accessKeyId}`).slice(0, 40);
  const seen = new Map<string, Principal>();
  /** Claims of tokens that were found genuine, with the secret of their key: worked out once. */
  const genuine = new Map<string, { claims: Claims; secret: string }>();
  const read = (sessionToken: string) => {
    const known = genuine.get(sessionToken);
    if (known) return known;
    const [text = '', mac = ''] = sessionToken.split('.');
    const [given, wanted] = [Buffer.from(mac), Buffer.from(seal(text))];
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const claims = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims;
    const found = { claims, secret: secretOf(claims.accessKeyId) };
    // Whoever asks for many keys does not fill the memory.
    if (genuine.size >= 10_000) genuine.clear();
    genuine.set(sessionToken, found);
    return found;
  };
  return {
    issue(roleArn, sessionName, seconds = century) {
      const accessKeyId = prefix + base32(randomBytes(16)).slice(0, 11);
      const expiration = new Date(clock.now() + seconds * 1000);
      const accountId = roleArn.split(':')[4] ?? '';
      const text = Buffer.from(
        JSON.stringify({ accessKeyId, accountId, roleArn, sessionName, until: expiration.getTime() }),
      ).toString('base64url');
      seen.set(accessKeyId, { accountId, roleArn, sessionName });
      return { accessKeyId, secretAccessKey: secretOf(accessKeyId), sessionToken: `${text}.${seal(text)}`, expiration };
    },
    find(accessKeyId, sessionToken) {
      if (!accessKeyId.startsWith(prefix)) return undefined;
      const found = read(sessionToken ?? '');
      if (found?.claims.accessKeyId !== accessKeyId) {
        throw new AwsError(
          'InvalidClientTokenId',
          `The security token included in the request is invalid: ${accessKeyId} was not issued by this local cloud, or its session token is missing`,
          403,
        );
      }
      const { claims, secret } = found;
      if (claims.until < clock.now()) {
        throw new AwsError('ExpiredToken', 'The security token included in the request is expired', 403);
      }
      const principal = { accountId: claims.accountId, roleArn: claims.roleArn, sessionName: claims.sessionName };
      seen.set(accessKeyId, principal);
      return { principal, secret };
    },
    principal: (accessKeyId) => seen.get(accessKeyId),
  };
}

function masterSecret(stateDirectory: string): Buffer {
  const file = join(stateDirectory, 'credentials-secret');
  try {
    return readFileSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    mkdirSync(stateDirectory, { recursive: true });
    const secret = randomBytes(32);
    writeFileSync(file, secret, { mode: 0o600 });
    return secret;
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const base32 = (bytes: Buffer) => [...bytes].map((byte) => alphabet[byte % 32]).join('');
