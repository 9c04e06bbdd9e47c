// `--var name=value`, as often as wanted.
import { InvalidArgumentError } from 'commander';

/** Collects one more value; the last one of a name wins. */
export function variable(text: string, before: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Expected name=value.');
  return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
}
