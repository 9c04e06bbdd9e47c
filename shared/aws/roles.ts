// IAM roles that are passed to AWS services: one SDK call per function, faults translated, no decisions.
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { NotFoundError } from '../errors.ts';
import { attempt, codeOf } from './fault.ts';

export type Roles = {
  /** Its trust policy, as JSON; NotFoundError where there is no such role. */
  trustOf(role: string): Promise<string>;
};

/** Of the stack's own account; IAM has no regions. */
export function roles(): Roles {
  const client = new IAMClient({});
  return {
    trustOf: (RoleName) =>
      attempt(`Tried to look at role ${RoleName}`, async () => {
        try {
          const { Role } = await client.send(new GetRoleCommand({ RoleName }));
          // URL-encoded, as RFC 3986 has it (IAM API reference, GetRole).
          return decodeURIComponent(Role!.AssumeRolePolicyDocument!);
        } catch (thrown) {
          if (!/^NoSuchEntity/.test(codeOf(thrown) ?? '')) throw thrown;
          throw new NotFoundError(
            `There is no role ${RoleName}: make it as the VM Import/Export user guide says (required permissions), or name another roleName.`,
            { cause: thrown },
          );
        }
      }),
  };
}
