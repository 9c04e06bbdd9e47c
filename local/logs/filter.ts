// Filter patterns of FilterLogEvents: terms that must all occur; other kinds of pattern are refused.
import { AwsError } from '../service.ts';

/** `ERROR "exit code" -retry` → the message has both and not the third. */
export function termFilter(pattern: string | undefined): (message: string) => boolean {
  const text = (pattern ?? '').trim();
  if (/^[{[%]/.test(text)) {
    throw new AwsError(
      'InvalidParameterException',
      `The local cloud's filter patterns are terms only ('ERROR "exit code" -retry'), not JSON, columns or regular expressions: ${text}`,
    );
  }
  const terms = [...text.matchAll(/([-?]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign, quoted, bare]) => ({
    sign,
    term: quoted ?? bare ?? '',
  }));
  const required = terms.filter(({ sign }) => sign === '');
  const excluded = terms.filter(({ sign }) => sign === '-');
  const optional = terms.filter(({ sign }) => sign === '?');
  return (message) =>
    required.every(({ term }) => message.includes(term)) &&
    !excluded.some(({ term }) => message.includes(term)) &&
    (optional.length === 0 || optional.some(({ term }) => message.includes(term)));
}
