// The environment of a function's process, built from nothing: what Lambda's runtime sets, the function's own variables, its credentials.
import type { Credentials, FunctionDefinition } from './function.ts';

export type Surroundings = {
  region: string;
  endpoint: string;
  taskRoot: string;
  version: string;
  logStream: string;
  compileCache: string;
  credentials: Credentials;
};

export function variablesOf(definition: FunctionDefinition, around: Surroundings): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = around.credentials;
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    // As in Lambda: a home that does not exist, so that no profile or configuration of the user is read.
    HOME: '/home/sbx_user1051',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: around.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memorySize),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: around.logStream,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: around.taskRoot,
    _HANDLER: definition.handler,
    NODE_COMPILE_CACHE: around.compileCache,
    ...definition.environment,
    AWS_REGION: around.region,
    AWS_DEFAULT_REGION: around.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
    AWS_ENDPOINT_URL: around.endpoint,
  };
}
