// The endpoint of a bucket in our bundles is what the rules of S3's own client say, for every region and form of name.
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { knownRegions } from '../../shared/model/regions.ts';

type Parameters = Record<string, unknown>;
type Endpoint = { url: URL; headers?: object; properties?: object };

const file = '../../functions/bundle-plugins/bucket-endpoint.mjs';
const { defaultEndpointResolver } = (await import(file)) as { defaultEndpointResolver(asked: Parameters): Endpoint };
const rules = new S3Client({ region: 'us-east-1' }).config.endpointProvider as (asked: Parameters) => Endpoint;

const told = ({ url, headers, properties }: Endpoint) => ({ url: url.href.replace(/\/$/, ''), headers, properties });
const plain = {
  ForcePathStyle: false,
  UseFIPS: false,
  UseDualStack: false,
  Accelerate: false,
  UseGlobalEndpoint: false,
};

const names = [
  ...['my-bucket', 'abc', '0a9', 'my.dotted.bucket', 'a.b', 'my-bucket-s3alias', '192.168.0.1', 'x'.repeat(63)],
  ...['Upper-Case', 'under_score', 'ends-', 'a..b', 'a b'],
];

describe('the endpoint of a bucket', () => {
  test.each(knownRegions)('in %s', (Region) => {
    for (const Bucket of names)
      expect(told(defaultEndpointResolver({ ...plain, Bucket, Region }))).toEqual(
        told(rules({ ...plain, Bucket, Region })),
      );
  });

  test.each([
    ...['http://127.0.0.1:4566', 'http://localhost:4566', 'http://localhost:4566/base', 'https://s3.example.com'],
    ...['https://s3.example.com/base/', 'http://[::1]:4566'],
  ])('at %s', (Endpoint) => {
    for (const Bucket of ['my-bucket', 'my.dotted.bucket']) {
      const asked = { ...plain, Bucket, Endpoint, Region: 'eu-central-1' };
      expect(told(defaultEndpointResolver(asked))).toEqual(told(rules(asked)));
    }
  });

  test.each([
    ['a directory bucket', { Bucket: 'logs--euc1-az1--x-s3' }, /general purpose bucket/],
    ['an access point', { Bucket: 'arn:aws:s3:eu-central-1:111122223333:accesspoint/mine' }, /general purpose bucket/],
    ['FIPS', { Bucket: 'my-bucket', UseFIPS: true }, /FIPS/],
  ])('is not told for %s', (_, asked, message) => {
    expect(() => defaultEndpointResolver({ ...plain, Region: 'eu-central-1', ...asked })).toThrow(message);
  });
});
