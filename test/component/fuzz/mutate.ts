// Makes broken documents out of whole ones, the same from the same number.

/** A source of numbers below a limit (xorshift; https://doi.org/10.18637/jss.v008.i14). */
export function numbersFrom(seed: number): (limit: number) => number {
  let state = (Math.imul(seed + 1, 2654435761) ^ 0x9e3779b9) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const pieces = [
  '[',
  ']',
  '{',
  '}',
  '- ',
  '? ',
  ': ',
  ',',
  '"',
  "'",
  '|',
  '>',
  '&a ',
  '*a',
  '*steps',
  '!!x ',
  '!!binary ',
  '\t',
  '\n',
  '  ',
  '{{ ',
  ' }}',
  '\0',
  '%',
  '---\n',
  '...\n',
  '#',
  '\uFEFF',
  '\uD800',
  '\u2028',
  '<<: ',
  '~',
  'null',
  '-1',
  '0',
  '1e999',
  '.nan',
  '99999999999',
  '{{ loop.value }}',
  '{{ build.GetName.outputs.stdout }}',
  '{{ aws:ssm:/x }}',
  '(?:',
  '[^',
  '\\',
  '\\Q',
  '*+',
  'then: Abort\n',
  'if: {not: {not: {not: {not: {stringIsEmpty: x}}}}}\n',
  'x'.repeat(300),
];

const words = [
  'name',
  'action',
  'inputs',
  'commands',
  'if',
  'then',
  'else',
  'and',
  'or',
  'not',
  'value',
  'path',
  'loop',
  'for',
  'forEach',
  'list',
  'delimiter',
  'start',
  'end',
  'updateBy',
  'stringEquals',
  'patternMatches',
  'numberEquals',
  'fileMD5Equals',
  'Assert',
  'Reboot',
  'ExecuteBash',
  'ExecuteDocument',
  'CreateFile',
  'UpdateOS',
  'S3Upload',
  'InstallMSI',
  'build',
  'test',
  'true',
  'Abort',
  'Skip',
  'parameters',
  'constants',
  'phases',
  'steps',
  'disableLogging',
  'Continue',
  'type',
  'default',
];

/** One to four changes: characters, words and lines put in, taken out, doubled and moved. */
export function mutate(text: string, below: (limit: number) => number): string {
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;
  let result = text;
  for (let count = below(4); count >= 0; count -= 1) {
    const at = below(result.length + 1);
    const length = below(30);
    const lines = result.split('\n');
    const line = below(lines.length);
    switch (below(12)) {
      case 0:
        result = result.slice(0, at) + pick(pieces) + result.slice(at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 2:
        result = result.slice(0, at) + pick(pieces) + result.slice(at + length);
        break;
      case 3:
      case 4:
      case 5:
      case 6:
      case 7: {
        const found = [...result.matchAll(/[A-Za-z0-9]+/g)];
        const word = found[below(found.length || 1)];
        if (word) result = result.slice(0, word.index) + pick(words) + result.slice(word.index + word[0].length);
        break;
      }
      case 8:
        lines.splice(line, 0, lines[below(lines.length)] ?? '');
        result = lines.join('\n');
        break;
      case 9:
        lines.splice(line, 1);
        result = lines.join('\n');
        break;
      default:
        lines[line] = ' '.repeat(below(8)) + (lines[line] ?? '').trimStart();
        result = lines.join('\n');
    }
  }
  return result;
}
