// A fault on request: an operation that answers with an error of AWS's, everywhere or in one region or account.
import { AwsError } from './service.ts';

export type Fault = {
  operation: string;
  region?: string;
  accountId?: string;
  code: string;
  message?: string;
  statusCode?: number;
  /** How often; for ever when absent. */
  times?: number;
};

type Place = { region: string; accountId: string };

/** The first fault that is meant for the operation in this place and fits; it is one time less from then on. */
export function takeFault<One extends Fault>(
  faults: One[],
  operation: string,
  { region, accountId }: Place,
  fits: (fault: One) => boolean,
): One | undefined {
  const fault = faults.find(
    (one) =>
      one.times !== 0 &&
      one.operation === operation &&
      (one.region ?? region) === region &&
      (one.accountId ?? accountId) === accountId &&
      fits(one),
  );
  if (fault?.times !== undefined) fault.times -= 1;
  return fault;
}

/** `statusCode`: where the fault names none. */
export const faultError = ({ operation, code, message, statusCode: own }: Fault, statusCode?: number): AwsError =>
  new AwsError(code, message ?? `The local cloud was told to refuse ${operation} with ${code}.`, own ?? statusCode);
