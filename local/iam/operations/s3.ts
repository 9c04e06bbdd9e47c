// What S3's operations need. Objects and buckets have no region and no account in their ARNs.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
import { anywhere, type Needs, need } from '../need.ts';

const onBucket =
  (action: string): Needs[string] =>
  ({ Bucket }) => [need(`s3:${action}`, `arn:aws:s3:::${Bucket}`)];
const onObject =
  (action: string): Needs[string] =>
  ({ Bucket, Key }) => [need(`s3:${action}`, `arn:aws:s3:::${Bucket}/${Key}`)];

export const s3Needs: Needs = {
  ListBuckets: anywhere('s3:ListAllMyBuckets'),
  CreateBucket: onBucket('CreateBucket'),
  GetBucketLocation: onBucket('GetBucketLocation'),
  HeadBucket: onBucket('ListBucket'),
  DeleteBucket: onBucket('DeleteBucket'),
  ListObjectsV2: onBucket('ListBucket'),
  GetObject: onObject('GetObject'),
  HeadObject: onObject('GetObject'),
  DeleteObject: onObject('DeleteObject'),
};
