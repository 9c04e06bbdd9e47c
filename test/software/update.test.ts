// Whom an update concerns: those with the package, by its own or its source's name, at an older version.
import { describe, expect, it, test } from 'vitest';
import type { Inventory, Package } from '../../shared/software/inventory.ts';
import { type PackageUpdate, updateReason } from '../../shared/software/update.ts';

const deb = (name: string, version: string, more: Partial<Package> = {}): Package => ({
  ...{ manager: 'dpkg', name, version, arch: 'amd64' },
  ...more,
});
const rpm = (name: string, version: string, more: Partial<Package> = {}): Package => ({
  ...{ manager: 'rpm', name, version, arch: 'x86_64' },
  ...more,
});
const image = (...packages: Package[]): Inventory => ({ os: 'debian 12', packages });
const concerned = (one: Package | Inventory, update: PackageUpdate) =>
  updateReason('packages' in one ? one : image(one), update) !== undefined;

describe('an update concerns an image', () => {
  test.each<[string, Package, PackageUpdate, boolean]>([
    [
      'with an older version',
      deb('curl', '7.88.1-10+deb12u5'),
      { package: 'curl', version: '7.88.1-10+deb12u7' },
      true,
    ],
    ['not with the same', deb('curl', '7.88.1-10'), { package: 'curl', version: '7.88.1-10' }, false],
    ['not with a newer', deb('curl', '7.88.1-10'), { package: 'curl', version: '7.88.1-10~rc1' }, false],
    ['not without it', deb('wget', '1'), { package: 'curl', version: '2' }, false],
    [
      'by its source',
      deb('libssl3', '3.0.11-1', { source: 'openssl' }),
      { package: 'openssl', version: '3.0.14-1' },
      true,
    ],
    [
      'by the version of its source, which may be another',
      deb('gcc', '4:12.2.0-3', { source: 'gcc-defaults', sourceVersion: '1.203' }),
      { package: 'gcc-defaults', version: '1.204' },
      true,
    ],
    [
      'not where its source is as new',
      deb('bash', '5.2.15-2+b8', { sourceVersion: '5.2.15-2' }),
      { package: 'bash', version: '5.2.15-2' },
      false,
    ],
    ['with an older epoch', rpm('bind', '9.18-1'), { package: 'bind', version: '32:9.16-1' }, true],
    [
      'where the message tells no epoch',
      rpm('bind', '32:9.16.23-18.el9'),
      { package: 'bind', version: '9.16.23-19.el9' },
      true,
    ],
    ['whatever version, where none is told', deb('curl', '8'), { package: 'curl' }, true],
    ['of the same architecture', rpm('curl', '7'), { package: 'curl', version: '8', arch: 'amd64' }, true],
    ['not of another', rpm('curl', '7'), { package: 'curl', version: '8', arch: 'aarch64' }, false],
    [
      'where the package is for all',
      deb('curl', '7', { arch: 'all' }),
      { package: 'curl', version: '8', arch: 'arm64' },
      true,
    ],
    ['where the update is for all', rpm('curl', '7'), { package: 'curl', version: '8', arch: 'noarch' }, true],
  ])('%s', (_, one, update, expected) => {
    expect(concerned(one, update)).toBe(expected);
  });
  it('by the newest of several that stand beside each other', () => {
    const kernels = image(rpm('kernel', '6.1-2'), rpm('kernel', '6.1-3'), rpm('kernel', '6.1-1'));
    expect(concerned(kernels, { package: 'kernel', version: '6.1-3' })).toBe(false);
    expect(concerned(kernels, { package: 'kernel', version: '6.1-4' })).toBe(true);
  });
  it('always where nobody knows what it contains', () => {
    expect(concerned({ ...image(), partial: true }, { package: 'curl', version: '8' })).toBe(true);
    expect(updateReason(undefined, { package: 'curl', version: '8' })).toBe(
      'package update curl 8; the newest image has no software inventory',
    );
  });
});

test('the reason tells what is out and what the image has', () => {
  const update = { package: 'openssl', version: '3.0.14-1', severity: 'high', origin: 'DSA-5764' };
  expect(updateReason(image(deb('libssl3', '3.0.11-1', { source: 'openssl' })), update)).toBe(
    'package update openssl 3.0.14-1 (DSA-5764, high); the newest image has libssl3 3.0.11-1',
  );
});
