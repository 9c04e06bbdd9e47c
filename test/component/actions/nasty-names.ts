// Names that a shell could take for something else.

export const nastyNames = [
  'a b',
  "it's",
  'say "hi"',
  'two\nlines\n',
  '-rf',
  '--help',
  '[a-z]?',
  '$(touch pwned)',
  '`touch pwned`',
  '${PATH}',
  '\\back\\n\\',
  '&;|<>()',
  '~',
  '#x',
  '%s%n',
  'é😀',
  ' ',
  '{{x y}}',
];
