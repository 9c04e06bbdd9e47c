// Inventories: read from what package managers print, compared, and told as a bill of materials.
import { describe, expect, test } from 'vitest';
import { cyclonedx, packageUrl } from '../../shared/software/cyclonedx.ts';
import { differenceSummary, softwareDifference } from '../../shared/software/difference.ts';
import { parseInventory } from '../../shared/software/inventory.ts';

const lines = (...rows: string[][]) => rows.map((row) => row.join('\t')).join('\n');
const debian = (...packages: [name: string, version: string, source?: string][]) =>
  parseInventory(
    lines(
      ['os', 'debian 12'],
      ...packages.map(([name, version, source = name]) => ['dpkg', name, version, 'amd64', source]),
      ['end', String(packages.length)],
    ),
  );

describe('an inventory', () => {
  test('is read from lines of dpkg and rpm, in one order', () => {
    const text = lines(
      ['os', 'rhel 9.4'],
      ['rpm', 'openssl-libs', '1:3.0.7-27.el9', 'x86_64', 'openssl-3.0.7-27.el9.src.rpm'],
      ['rpm', 'gpg-pubkey', 'fd431d51-4ae0493b', '(none)', '(none)'],
      ['dpkg', 'libssl3', '3.0.11-1~deb12u2', 'amd64', 'openssl'],
      ['end', '3'],
    );
    expect(parseInventory(text)).toEqual({
      os: 'rhel 9.4',
      packages: [
        { manager: 'rpm', name: 'gpg-pubkey', version: 'fd431d51-4ae0493b', arch: '(none)' },
        { manager: 'dpkg', name: 'libssl3', version: '3.0.11-1~deb12u2', arch: 'amd64', source: 'openssl' },
        { manager: 'rpm', name: 'openssl-libs', version: '1:3.0.7-27.el9', arch: 'x86_64', source: 'openssl' },
      ],
    });
  });

  test.each([
    ['the last line is missing', lines(['os', 'debian 12'], ['dpkg', 'a', '1', 'all', 'a'])],
    ['a package was lost', lines(['dpkg', 'a', '1', 'all', 'a'], ['end', '2'])],
    ['a line was cut', lines(['dpkg', 'a', '1', 'all', 'a'], ['dpkg', 'b'], ['end', '2'])],
    ['there is nothing', ''],
  ])('is partial where %s', (_, text) => {
    expect(parseInventory(text).partial).toBe(true);
  });
});

describe('the difference of two inventories', () => {
  test('names what was added, removed, upgraded and downgraded', () => {
    const before = debian(['openssl', '3.0.11-1'], ['curl', '7.88.1-10'], ['nano', '7.2-1'], ['zlib1g', '1:1.2.13']);
    const after = debian(['openssl', '3.0.15-1'], ['curl', '7.88.1-9'], ['nginx', '1.22.1-9'], ['zlib1g', '1:1.2.13']);
    const difference = softwareDifference(before, after);
    expect(difference).toEqual({
      added: [{ manager: 'dpkg', name: 'nginx', version: '1.22.1-9', arch: 'amd64' }],
      removed: [{ manager: 'dpkg', name: 'nano', version: '7.2-1', arch: 'amd64' }],
      upgraded: [{ manager: 'dpkg', name: 'openssl', arch: 'amd64', before: '3.0.11-1', after: '3.0.15-1' }],
      downgraded: [{ manager: 'dpkg', name: 'curl', arch: 'amd64', before: '7.88.1-10', after: '7.88.1-9' }],
    });
    expect(differenceSummary(difference)).toBe('1 upgraded, 1 downgraded, 1 added, 1 removed');
  });

  test('of kernels, which stand beside each other, is told one by one', () => {
    const before = debian(['kernel', '6.1.1'], ['kernel', '6.1.2']);
    const after = debian(['kernel', '6.1.2'], ['kernel', '6.1.3'], ['kernel', '6.1.4']);
    const { added, removed, upgraded } = softwareDifference(before, after);
    expect([added.map(({ version }) => version), removed.map(({ version }) => version), upgraded]).toEqual([
      ['6.1.3', '6.1.4'],
      ['6.1.1'],
      [],
    ]);
  });

  test('of the same is nothing', () => {
    const same = debian(['openssl', '3.0.11-1']);
    expect(differenceSummary(softwareDifference(same, same))).toBe('nothing');
  });
});

describe('the bill of materials', () => {
  const subject = { arn: 'arn:aws:imagebuilder:us-east-1:0:image/web/1.0.0/1', name: 'web', version: '1.0.0/1' };

  test('names each package by its URL', () => {
    expect(packageUrl(debian(['libssl3', '1:3.0.11-1~deb12u2', 'openssl']).packages[0]!, 'debian', '12')).toBe(
      'pkg:deb/debian/libssl3@1%3A3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl',
    );
    const rpm = { manager: 'rpm', name: 'bind', version: '32:9.16.23-18.el9', arch: 'x86_64' } as const;
    expect(packageUrl(rpm, 'rhel', '9.4')).toBe(
      'pkg:rpm/rhel/bind@9.16.23-18.el9?arch=x86_64&distro=rhel-9.4&epoch=32',
    );
  });

  test('is the same for the same image', () => {
    const bill = () => cyclonedx({ ...subject, created: '2026-11-27T00:00:00.000Z' }, debian(['curl', '7.88.1-10']));
    expect(bill()).toEqual(bill());
    expect(bill().serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(bill().components.map(({ name }) => name)).toEqual(['curl']);
  });
});
