// YAML made to cost time or memory, each of about `size` characters.

const upTo = (size: number, line: (index: number) => string) => {
  const lines: string[] = [];
  for (let length = 0, index = 0; length < size; index++) {
    lines.push(line(index));
    length += lines.at(-1)!.length;
  }
  return lines.slice(0, -1).join('');
};

const billionLaughs = Array.from({ length: 20 }, (_, level) =>
  level === 0
    ? 'a0: &a0 [x]\n'
    : `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(',')}]\n`,
).join('');

const staircase = (size: number, step: (level: number) => string) => {
  const lines: string[] = [];
  for (let length = 0; ; ) {
    lines.push(`${' '.repeat(lines.length)}${step(lines.length)}\n`);
    length += lines.at(-1)!.length;
    if (length > size) return lines.slice(0, -1).join('');
  }
};

export const bombs: Record<string, (size: number) => string> = {
  'billion laughs': () => billionLaughs,
  'many keys': (size) => upTo(size, (index) => `k${index}: 1\n`),
  'one key again and again': (size) => upTo(size, () => 'k: 1\n'),
  'aliases of one anchor': (size) => `a: &a x\nb:\n${upTo(size - 20, () => '- *a\n')}`,
  'an anchor for each alias': (size) => `b:\n${upTo(size - 20, (index) => `- &a${index} x\n- *a${index}\n`)}`,
  'aliases of a large list': (size) => `a: &a [${'x,'.repeat(size / 4)}]\nb:\n${upTo(size / 3, () => '- *a\n')}`,
  'an alias of itself': () => 'a: &a [*a, *a]\n',
  'merge keys': (size) => `a: &a {b: 1}\nc:\n${upTo(size - 30, () => '  <<: *a\n')}`,
  'open brackets': (size) => `a: ${'['.repeat(size - 10)}`,
  'open braces': (size) => `a: ${'{a: '.repeat(size / 4 - 10)}`,
  dashes: (size) => `${'- '.repeat(size / 2 - 10)}x`,
  'question marks': (size) => `${'? '.repeat(size / 2 - 10)}x`,
  'a staircase': (size) => staircase(size, () => 'a:'),
  'a staircase of long keys': (size) => staircase(size, (level) => `${'k'.repeat(level < 18 ? 127 : 1)}:`),
  'a key of half the file': (size) =>
    `? "${'x'.repeat(size / 2)}"\n:\n${upTo(size / 2 - 100, (index) => `  - ${index}\n`)}`,
  'a key without end': (size) => `${'x'.repeat(size - 10)}: 1\n`,
  'long text': (size) => `a: |\n${upTo(size - 10, () => '  lorem ipsum\n')}`,
  'unknown keys': (size) => `imageRecipe:\n${upTo(size - 30, (index) => `  zz${index}: 1\n`)}`,
  'wrong entries': (size) => `imageRecipe:\n  components:\n${upTo(size - 40, (index) => `  - ${index}\n`)}`,
  'unknown tags': (size) => `b:\n${upTo(size - 20, (index) => `- !x${index} 1\n`)}`,
  'undeclared variables': (size) => `vars: {a: b}\nc:\n${upTo(size - 30, (index) => `- "{{ vars.q${index} }}"\n`)}`,
  'variables that grow': (size) =>
    `vars: {a: ${'y'.repeat(size / 2)}}\nc:\n${upTo(size / 2 - 40, () => '- "{{ vars.a }}"\n')}`,
  'many variables, none right': (size) =>
    `vars:\n${upTo(size / 2, (index) => `  v${index}: x\n`)}c:\n${upTo(size / 2 - 20, (index) => `- "{{ vars.w${index} }}"\n`)}`,
  'many documents': (size) => upTo(size, () => '--- 1\n'),
  'nothing but colons': (size) => upTo(size, () => ': : : :\n'),
  'wrong escapes': (size) => `a: "${'\\x'.repeat(size / 2 - 10)}"\n`,
  'open quotes': (size) => upTo(size, () => '"\n'),
  comments: (size) => `${upTo(size - 10, () => '#\n')}a: 1\n`,
  'flow keys': (size) => `a: {${'x,'.repeat(size / 2 - 10)}}\n`,
  directives: (size) => `${upTo(size - 10, (index) => `%TAG !a${index}! tag:x,2000:\n`)}--- a\n`,
};
