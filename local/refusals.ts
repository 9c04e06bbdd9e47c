// Faults on request, of any service: `refusals.json` in the state directory says which calls answer with an error of AWS's, by region and account. Read anew whenever it changes.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before } from './before.ts';
import { type Fault, faultError, takeFault } from './fault.ts';
import { AwsError, type Caller, type RestService, type Service } from './service.ts';

/** `service` as in a signature: `ssm`, `kms`, `ec2`. Times are counted anew when the file changes. */
type ServiceFault = Fault & { service: string };

export type Refuse = (service: string, operation: string, caller: Caller) => void;

/** Throws what the file says. A file that cannot be read is a fault of its own, told to every call until it can. */
export function refusals(stateDirectory: string): Refuse {
  const file = join(stateDirectory, 'refusals.json');
  let read: { changed: number; faults: ServiceFault[] } | undefined;
  const current = (): ServiceFault[] => {
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) return [];
    if (read?.changed !== changed) read = { changed, faults: faultsOf(readFileSync(file, 'utf8')) };
    return read.faults;
  };
  return (service, operation, caller) => {
    const fault = takeFault(current(), operation, caller, (one) => one.service === service);
    if (fault) throw faultError(fault);
  };
}

const known = ['service', 'operation', 'region', 'accountId', 'code', 'message', 'statusCode', 'times'];

function faultsOf(text: string): ServiceFault[] {
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
  return faults as ServiceFault[];
}

/** The service, whose calls are refused as the file says. */
export const refusing = (service: Service | RestService, refuse: Refuse): Service | RestService =>
  before(service, (operation, _input, caller) => refuse(service.signingName, operation, caller));
