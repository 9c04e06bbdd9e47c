// An inventory as a CycloneDX 1.6 bill of materials (https://cyclonedx.org/docs/1.6/json/).
import { createHash } from 'node:crypto';
import type { Inventory, Package } from './inventory.ts';

/** What the bill is of. `created` is an ISO time. */
export type BillSubject = { arn: string; name: string; version: string; created: string };

/** The bill as a JSON value. The same inventory of the same image is the same bill: its serial number is made of the ARN. */
export function cyclonedx(subject: BillSubject, { os, packages }: Inventory) {
  const [distribution = '', release = ''] = os.split(' ');
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(subject.arn)}`,
    version: 1,
    metadata: {
      timestamp: subject.created,
      component: { type: 'operating-system', 'bom-ref': subject.arn, name: subject.name, version: subject.version },
    },
    components: packages.map((one) => component(one, distribution, release)),
  };
}

function component(one: Package, distribution: string, release: string) {
  const url = packageUrl(one, distribution, release);
  return { type: 'library', 'bom-ref': url, name: one.name, version: one.version, purl: url };
}

/** A package URL (https://github.com/package-url/purl-spec, types deb and rpm): rpm's epoch is a qualifier, Debian's is part of the version. */
export function packageUrl({ manager, name, version, arch, source }: Package, os: string, release: string): string {
  const [, epoch, rest] = manager === 'rpm' ? /^(?:(\d+):)?(.*)$/.exec(version)! : [undefined, undefined, version];
  const qualifiers = Object.entries({
    arch,
    distro: os && release ? `${os}-${release}` : '',
    epoch: epoch && epoch !== '0' ? epoch : '',
    upstream: source ?? '',
  })
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  const namespace = os ? `${encodeURIComponent(os)}/` : '';
  const type = manager === 'dpkg' ? 'deb' : 'rpm';
  const path = `${namespace}${encodeURIComponent(name)}@${encodeURIComponent(rest!)}`;
  return `pkg:${type}/${path}${qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''}`;
}

/** A UUID of version 8 (RFC 9562: custom) made of a text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
