// The base that every local instance starts from: this machine's root, named and fingerprinted, since a captured disk only fits the root it was made on.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { machine } from 'node:os';

export type Base = {
  /** What os-release calls it, such as "Debian GNU/Linux 12 (bookworm)". */
  name: string;
  /** EC2's word: x86_64 or arm64. */
  architecture: string;
  fingerprint: string;
};

/** The list of installed packages, by distribution: dpkg, rpm (sqlite, ndb, bdb), apk. */
const packageLists = [
  '/var/lib/dpkg/status',
  '/var/lib/rpm/rpmdb.sqlite',
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/usr/lib/sysimage/rpm/Packages.db',
  '/var/lib/rpm/Packages',
  '/lib/apk/db/installed',
];

export function hostBase(): Base {
  const release = readIfThere('/etc/os-release') ?? readIfThere('/usr/lib/os-release') ?? Buffer.alloc(0);
  const hash = createHash('sha256').update(machine()).update(release);
  for (const list of packageLists) hash.update(readIfThere(list) ?? '');
  return {
    name: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release.toString())?.[1] ?? 'Linux',
    architecture: machine() === 'aarch64' ? 'arm64' : machine(),
    fingerprint: hash.digest('hex').slice(0, 16),
  };
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
