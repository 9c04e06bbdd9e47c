// S3 buckets that are written to by others: one SDK call per function, faults translated, no decisions.
import { GetBucketLocationCommand, S3Client } from '@aws-sdk/client-s3';
import { NotFoundError } from '../errors.ts';
import { attempt, codeOf } from './fault.ts';

export type Buckets = {
  /** The region of a bucket; NotFoundError where there is none of this name, AccessDeniedError where it is not ours to ask. */
  regionOf(bucket: string): Promise<string>;
};

/** How S3 says that a bucket is of another region than was asked, and the region with it (S3 API reference, error responses). */
const elsewhere = ['AuthorizationHeaderMalformed', 'PermanentRedirect', 'IllegalLocationConstraintException'];

/** Words of S3 for us-east-1 and eu-west-1 (S3 API reference, GetBucketLocation: LocationConstraint). */
const regionNamed = (constraint: string | undefined) =>
  constraint === undefined || constraint === '' ? 'us-east-1' : constraint === 'EU' ? 'eu-west-1' : constraint;

/** As the endpoint of `region` tells of them. */
export function bucketsFrom(region: string): Buckets {
  const client = new S3Client({ region });
  return {
    regionOf: (Bucket) =>
      attempt(`Tried to look at bucket ${Bucket} from ${region}`, async () => {
        try {
          return regionNamed((await client.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint);
        } catch (thrown) {
          const code = codeOf(thrown) ?? '';
          if (elsewhere.includes(code)) return regionTold(thrown) ?? 'another region';
          if (code !== 'NoSuchBucket') throw thrown;
          throw new NotFoundError(`There is no bucket ${Bucket}: make it in ${region}.`, { cause: thrown });
        }
      }),
  };
}

type Told = { Region?: string; $response?: { headers?: Record<string, string> } };

const regionTold = (thrown: unknown) => {
  const { Region, $response } = thrown as Told;
  return Region ?? $response?.headers?.['x-amz-bucket-region'];
};
