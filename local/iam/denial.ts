// How each service says that a call is not allowed.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
import { AwsError, type RestService, type Service } from '../service.ts';

export type Denied = {
  roleArn: string;
  session?: string | undefined;
  action: string;
  resource: string;
  because: string;
};

export function denial(
  { signingName, protocol }: Pick<Service | RestService, 'signingName' | 'protocol'>,
  denied: Denied,
) {
  const said = sentence(denied);
  if (protocol === 'ec2')
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${said}`, 403);
  if (signingName === 'sns') return new AwsError('AuthorizationError', said, 403);
  if (protocol === 'query') return new AwsError('AccessDenied', said, 403);
  return new AwsError('AccessDeniedException', said, protocol === 'rest' ? 403 : 400);
}

export function sentence({ roleArn, session, action, resource, because }: Denied): string {
  const [, partition, , , accountId, role = ''] = roleArn.split(':');
  const user = `arn:${partition}:sts::${accountId}:assumed-role/${role.split('/').at(-1)}/${session ?? 'session'}`;
  // Of actions that know no resources AWS names none.
  const on = resource === '*' ? '' : ` on resource: ${resource}`;
  return `User: ${user} is not authorized to perform: ${action}${on} ${because}`;
}
