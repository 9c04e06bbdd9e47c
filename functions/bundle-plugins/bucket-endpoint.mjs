// Where S3 answers for a bucket, in place of the rules of S3's client (18 KB): they say the same (test/package/bucket-endpoint.test.ts).
import { awsEndpointFunctions } from '@aws-sdk/core/client';

/** A name that may be a label of a host under S3's certificate, which has no dots. */
const label = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
const address = /^(?:[0-9.]+|\[.*\])$/;
/** Access points and Outposts, directory buckets and their access points: other hosts and other signatures. */
const otherKind = /^arn:|--(?:x|xa|op)-s3$/;

export const defaultEndpointResolver = ({ Bucket, Endpoint, Region, UseDualStack, UseFIPS, Accelerate }) => {
  if (!Bucket || otherKind.test(Bucket))
    throw new Error(`Tried to find the endpoint of bucket '${Bucket}': expected the name of a general purpose bucket`);
  if (UseDualStack || UseFIPS || Accelerate)
    throw new Error(
      `Tried to find the endpoint of bucket ${Bucket}: no function has those for FIPS, IPv6 or acceleration`,
    );
  const url = new URL(Endpoint ?? `https://s3.${Region}.${awsEndpointFunctions.partition(Region).dnsSuffix}`);
  if (label.test(Bucket) && !address.test(url.hostname)) url.host = `${Bucket}.${url.host}`;
  else url.pathname = `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(Bucket)}`;
  const authSchemes = [{ name: 'sigv4', signingName: 's3', signingRegion: Region, disableDoubleEncoding: true }];
  return { url, headers: {}, properties: { authSchemes } };
};
