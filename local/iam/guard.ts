// Stands before a service: what a role calls is done only where its policies allow it; an account's own keys may do everything.
import { before } from '../before.ts';
import type { AwsError, Caller, Input, RestRequest, RestService, Service } from '../service.ts';
import type { Access } from './access.ts';
import { denial } from './denial.ts';
import { needsTable } from './operations/table.ts';

export type GuardSettings = {
  access: Access;
  /** The name of the session that an access key belongs to. */
  sessionOf(accessKeyId: string): string | undefined;
  /** Told of each call of a role that is allowed, and waited for. */
  before?(call: Call): Promise<void>;
};

export type Call = { service: string; operation: string; input: Input; roleArn: string };

export const guarded = (service: Service | RestService, settings: GuardSettings): Service | RestService =>
  before(service, (operation, input, caller) => {
    const asked = service.protocol === 'rest' ? restInput(service.signingName, input as RestRequest) : input;
    return pass(service, operation, asked, caller, settings);
  });

/** REST has no one place for what an operation is about: path, query and body together. */
function restInput(signingName: string, request: RestRequest): Input {
  const [name] = request.parameters;
  if (signingName === 's3') return { Bucket: name, Key: request.parameters[1] };
  if (signingName === 'lambda') return { function: name, qualifier: request.query.get('Qualifier') };
  return { Name: name, GroupName: request.query.get('groupName') ?? undefined, ...bodyOf(request) };
}

function bodyOf({ body }: RestRequest): Input {
  try {
    return JSON.parse(body.toString() || '{}') as Input;
  } catch {
    // The operation says so itself.
    return {};
  }
}

async function pass(
  service: Service | RestService,
  operation: string,
  input: Input,
  caller: Caller,
  { access, sessionOf, before: told }: GuardSettings,
): Promise<void> {
  const roleArn = caller.principalArn;
  if (roleArn.endsWith(':root')) return;
  const { signingName } = service;
  const refuse = (because: string, action = `${signingName}:${operation}`, resource = '*'): AwsError =>
    denial(service, { roleArn, session: sessionOf(caller.accessKeyId), action, resource, because });
  const needs = needsTable[signingName]?.[operation];
  if (!needs)
    throw refuse('because the local cloud does not know which permissions it needs, and so lets no role do it');
  const refusal = access.refusal(roleArn, needs(input, caller, access.facts), caller.region);
  if (refusal) throw refuse(refusal.because, refusal.action, refusal.resource);
  await told?.({ service: signingName, operation, input, roleArn });
}
