// What is done with a function's role, or the state machine's, without a call through the door.
import type { Functions, Logs } from '../cloud.ts';
import { functionArn } from '../lambda/function-arn.ts';
import { AwsError } from '../service.ts';
import type { Access } from './access.ts';
import { sentence } from './denial.ts';
import { type Need, need } from './need.ts';
import { logsOfFunction } from './operations/logs.ts';

type Scope = { accountId: string; region: string };

/** Throws AccessDeniedException unless the role may. */
export function requireRole(access: Access, roleArn: string, needs: Need[], { region }: Scope): void {
  const refusal = access.refusal(roleArn, needs, region);
  if (refusal) throw new AwsError('AccessDeniedException', sentence({ roleArn, ...refusal }), 403);
}

/** Functions as a role may invoke them, where one is named. */
export function invokedByRoles(access: Access, functions: Functions, home: Scope): Functions {
  return {
    async invoke(function_, payload, as) {
      if (as !== undefined)
        requireRole(access, as, [need('lambda:InvokeFunction', functionArn(function_, null, home))], home);
      return functions.invoke(function_, payload);
    },
    invokeLater: functions.invokeLater,
    ...(functions.warm && { warm: functions.warm }),
  };
}

/** What a function writes without the permission to, AWS drops. */
export function logsOfFunctions(access: Access, logs: Logs, roleOf: (name: string) => string): Logs {
  return {
    append(scope, group, stream, lines) {
      const roleArn = roleOf(group.replace('/aws/lambda/', ''));
      const refusal = access.refusal(roleArn, logsOfFunction(group, stream, scope), scope.region);
      if (!refusal) logs.append(scope, group, stream, lines);
    },
  };
}
