// A function as GetFunction and ListFunctions show it.

/** `arn` is unqualified; `modified` is milliseconds since the epoch. */
export type DeployedFunction = {
  name: string;
  arn: string;
  handler: string;
  roleArn: string;
  timeout: number;
  memorySize: number;
  environment: Record<string, string>;
  versions: string[];
  runtime?: string;
  description?: string;
  codeSha256?: string;
  codeSize?: number;
  modified: number;
};

export const configuration = (found: DeployedFunction, version = '$LATEST') => ({
  FunctionName: found.name,
  FunctionArn: version === '$LATEST' ? found.arn : `${found.arn}:${version}`,
  Runtime: found.runtime,
  Role: found.roleArn,
  Handler: found.handler,
  CodeSize: found.codeSize ?? 0,
  Description: found.description ?? '',
  Timeout: found.timeout,
  MemorySize: found.memorySize,
  LastModified: new Date(found.modified).toISOString().replace('Z', '+0000'),
  CodeSha256: found.codeSha256,
  Version: version,
  Environment: { Variables: found.environment },
  PackageType: 'Zip',
  State: 'Active',
  LastUpdateStatus: 'Successful',
});
