// Stands before every operation of a service: what `check` throws is the answer.
import type { Caller, Input, RestService, Service } from './service.ts';

/** `input` is of REST the request itself. An answer that is no promise leaves operations that are at once as they are. */
export type Check = (operation: string, input: Input, caller: Caller) => void | Promise<void>;

export function before(service: Service | RestService, check: Check): Service | RestService {
  const checked = <Asked extends Input, Answer>(
    name: string,
    operation: (input: Asked, caller: Caller) => Answer | Promise<Answer>,
  ) => {
    return (input: Asked, caller: Caller) => {
      const passed = check(name, input, caller);
      return passed ? passed.then(() => operation(input, caller)) : operation(input, caller);
    };
  };
  if (service.protocol === 'rest')
    return {
      ...service,
      routes: service.routes.map((route) => ({ ...route, operation: checked(route.name, route.operation) })),
    };
  return {
    ...service,
    operations: Object.fromEntries(
      Object.entries(service.operations).map(([name, operation]) => [name, checked(name, operation)]),
    ),
  };
}
