// Faults on request, of any service: `refusals.json` in the state directory says which calls answer with an error of AWS's, by region and account. Read anew whenever it changes.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError, type Caller, type RestService, type Service } from './service.ts';

type Fault = {
  /** As in a signature: `ssm`, `kms`, `ec2`. */
  service: string;
  operation: string;
  region?: string;
  accountId?: string;
  code: string;
  message?: string;
  statusCode?: number;
  /** How often; for ever when absent. Counted anew when the file changes. */
  times?: number;
};

export type Refuse = (service: string, operation: string, caller: Caller) => void;

/** Throws what the file says. A file that cannot be read is a fault of its own, told to every call until it can. */
export function refusals(stateDirectory: string): Refuse {
  const file = join(stateDirectory, 'refusals.json');
  let read: { changed: number; faults: Fault[] } | undefined;
  const current = (): Fault[] => {
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) return [];
    if (read?.changed !== changed) read = { changed, faults: faultsOf(readFileSync(file, 'utf8')) };
    return read.faults;
  };
  return (service, operation, { region, accountId }) => {
    const fault = current().find(
      (one) =>
        one.times !== 0 &&
        one.service === service &&
        one.operation === operation &&
        (one.region ?? region) === region &&
        (one.accountId ?? accountId) === accountId,
    );
    if (!fault) return;
    if (fault.times !== undefined) fault.times -= 1;
    const said = fault.message ?? `The local cloud was told to refuse ${operation} with ${fault.code}.`;
    throw new AwsError(fault.code, said, fault.statusCode);
  };
}

const known = ['service', 'operation', 'region', 'accountId', 'code', 'message', 'statusCode', 'times'];

function faultsOf(text: string): Fault[] {
  const wrong = (why: string) =>
    new AwsError('InvalidRefusals', `refusals.json of the local cloud's state directory cannot be used: ${why}`, 400);
  let faults: unknown;
  try {
    faults = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (!Array.isArray(faults)) throw wrong('it must be a list');
  for (const one of faults as Record<string, unknown>[]) {
    const missing = ['service', 'operation', 'code'].find((name) => typeof one?.[name] !== 'string');
    if (missing) throw wrong(`an entry has no ${missing}: ${JSON.stringify(one)}`);
    const unknown = Object.keys(one).find((name) => !known.includes(name));
    if (unknown) throw wrong(`${unknown} is not known in ${JSON.stringify(one)}`);
  }
  return faults as Fault[];
}

/** The service, whose calls are refused as the file says. */
export function refusing(service: Service | RestService, refuse: Refuse): Service | RestService {
  const { signingName } = service;
  if (service.protocol === 'rest')
    return {
      ...service,
      routes: service.routes.map((route) => ({
        ...route,
        operation(request, caller) {
          refuse(signingName, route.name, caller);
          return route.operation(request, caller);
        },
      })),
    };
  return {
    ...service,
    operations: Object.fromEntries(
      Object.entries(service.operations).map(([name, operation]) => [
        name,
        (input, caller) => {
          refuse(signingName, name, caller);
          return operation(input, caller);
        },
      ]),
    ),
  };
}
