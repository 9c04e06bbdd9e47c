// S3, as far as exports of AMIs and their readers use it: buckets, and objects that ExportImage has written.
// https://docs.aws.amazon.com/AmazonS3/latest/API/
import { readFileSync } from 'node:fs';
import { toXml } from '../door/xml.ts';
import { AwsError, type Caller, type RestAnswer, type RestRequest, type RestService } from '../service.ts';
import type { Bucket, S3Store } from './store.ts';

const xml = (name: string, value: unknown, statusCode = 200): RestAnswer => ({
  statusCode,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${toXml(name, value, 'item')}`,
});

/** S3 tells its errors in XML. */
export const refuseS3 = (error: AwsError): RestAnswer =>
  xml('Error', { Code: error.code, Message: error.message }, error.statusCode);

export function s3(clock: { now(): number }, store: S3Store): RestService {
  const bucketOf = ({ parameters: [name = ''] }: RestRequest, { accountId }: Caller): Bucket => {
    const found = store.find(name);
    if (!found) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    if (found.accountId !== accountId) throw new AwsError('AccessDenied', 'Access Denied', 403);
    return found;
  };
  const objectOf = (request: RestRequest, caller: Caller) => {
    const bucket = bucketOf(request, caller);
    const key = request.parameters[1] ?? '';
    const time = bucket.keys[key];
    if (time === undefined) throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    return { bucket, key, time };
  };
  const headersOf = ({ bucket, key, time }: ReturnType<typeof objectOf>) => ({
    'content-type': 'binary/octet-stream',
    'content-length': String(store.sizeOf(bucket.name, key)),
    'last-modified': new Date(time).toUTCString(),
    etag: `"${time.toString(16).padStart(32, '0')}"`,
  });
  /** An answer to HEAD has no body, so that the status is all that tells an error. */
  const orStatus = (act: () => RestAnswer): RestAnswer => {
    try {
      return act();
    } catch (error) {
      if (error instanceof AwsError) return { statusCode: error.statusCode, body: '' };
      throw error;
    }
  };
  const route = (
    name: string,
    method: string,
    path: RegExp,
    operation: (request: RestRequest, caller: Caller) => RestAnswer,
  ) => ({ name, method, path, operation });
  const bucketPath = /^\/([^/]+)\/?$/;
  const objectPath = /^\/([^/]+)\/(.+)$/;
  return {
    signingName: 's3',
    protocol: 'rest',
    refuse: refuseS3,
    routes: [
      route('ListBuckets', 'GET', /^\/$/, (_, { accountId }) => {
        const Bucket = store.list().filter((bucket) => bucket.accountId === accountId);
        const entries = Bucket.map(({ name, created }) =>
          toXml('Bucket', { Name: name, CreationDate: new Date(created) }, 'item'),
        );
        return {
          headers: { 'content-type': 'application/xml' },
          body: `<ListAllMyBucketsResult><Owner><ID>${accountId}</ID></Owner><Buckets>${entries.join('')}</Buckets></ListAllMyBucketsResult>`,
        };
      }),
      route('CreateBucket', 'PUT', bucketPath, ({ parameters: [name = ''] }, { accountId, region }) => {
        if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name))
          throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.');
        const found = store.find(name);
        if (found && found.accountId !== accountId)
          throw new AwsError('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
        if (found)
          throw new AwsError('BucketAlreadyOwnedByYou', 'Your previous request to create the bucket succeeded.', 409);
        store.create({ name, accountId, region, created: clock.now() });
        return { headers: { location: `/${name}` }, body: '' };
      }),
      route('HeadBucket', 'HEAD', bucketPath, (request, caller) =>
        orStatus(() => ({ headers: { 'x-amz-bucket-region': bucketOf(request, caller).region }, body: '' })),
      ),
      route('DeleteBucket', 'DELETE', bucketPath, (request, caller) => {
        const { name, keys } = bucketOf(request, caller);
        if (Object.keys(keys).length > 0)
          throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', 409);
        store.remove(name);
        return { statusCode: 204, body: '' };
      }),
      {
        ...route('GetBucketLocation', 'GET', bucketPath, (request, caller) => {
          const { region } = bucketOf(request, caller);
          // Signed for another region than the bucket's; the first region answers for all that need not be enabled.
          if (region !== caller.region && caller.region !== 'us-east-1')
            throw new AwsError(
              'AuthorizationHeaderMalformed',
              `The authorization header is malformed; the region '${caller.region}' is wrong; expecting '${region}'`,
            );
          const constraint = region === 'us-east-1' ? '' : region;
          return {
            headers: { 'content-type': 'application/xml' },
            body: `<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${constraint}</LocationConstraint>`,
          };
        }),
        query: 'location',
      },
      route('ListObjectsV2', 'GET', bucketPath, (request, caller) => {
        const { name, keys } = bucketOf(request, caller);
        if (request.query.get('list-type') !== '2')
          throw new AwsError('NotImplemented', 'The local S3 lists objects by ListObjectsV2 only', 501);
        const prefix = request.query.get('prefix') ?? '';
        const found = Object.keys(keys)
          .filter((key) => key.startsWith(prefix))
          .sort();
        const contents = found.map((key) =>
          toXml(
            'Contents',
            { Key: key, LastModified: new Date(keys[key]!), Size: store.sizeOf(name, key), StorageClass: 'STANDARD' },
            'item',
          ),
        );
        const head = Object.entries({ Name: name, Prefix: prefix, KeyCount: found.length, IsTruncated: false });
        return {
          headers: { 'content-type': 'application/xml' },
          body: `<ListBucketResult>${head.map(([key, value]) => toXml(key, value, 'item')).join('')}${contents.join('')}</ListBucketResult>`,
        };
      }),
      route('GetObject', 'GET', objectPath, (request, caller) => {
        const found = objectOf(request, caller);
        return { headers: headersOf(found), body: readFileSync(store.fileOf(found.bucket.name, found.key)) };
      }),
      route('HeadObject', 'HEAD', objectPath, (request, caller) =>
        orStatus(() => ({ headers: headersOf(objectOf(request, caller)), body: '' })),
      ),
      route('DeleteObject', 'DELETE', objectPath, (request, caller) => {
        const { name } = bucketOf(request, caller);
        store.delete(name, request.parameters[1] ?? '');
        return { statusCode: 204, body: '' };
      }),
    ],
  };
}
