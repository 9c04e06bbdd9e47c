// Warns where the value of a parameter lands unquoted in a command of ExecuteBash: bash would split it, expand it, or run what it holds.
import type { Position } from './diagnostic.ts';
import type { ComponentDocument } from './document.ts';
import { textsOf } from './given.ts';
import type { LocatedText, Nodes } from './node.ts';
import { placeOf } from './place.ts';
import { segments } from './reference.ts';

/** One warning for each parameter of a step, where it stands unquoted first. */
export function warnOfUnquoted(document: ComponentDocument, nodes: Nodes): void {
  const parameters = new Set(document.parameters.map(({ name }) => name));
  for (const step of document.phases.flatMap(({ steps }) => steps)) {
    if (step.action !== 'ExecuteBash') continue;
    const warned = new Set<string>();
    for (const { name, source, at } of unquotedNames(textsOf(step.inputs), nodes)) {
      if (!parameters.has(name) || warned.has(name)) continue;
      warned.add(name);
      const message = `${source} stands unquoted in a command: blanks, quotes, ";" or "$( )" in its value become a part of the command. Write it in double quotes, and allow only values without " $ \` and \\.`;
      nodes.report('unquoted-reference', message, at, 'warning');
    }
  }
}

type Found = { name: string; source: string; at: Position };

/** The commands of a step are one file, so that quotes and here-documents may go on from one to the next. */
function unquotedNames(commands: LocatedText[], nodes: Nodes): Found[] {
  const found: Found[] = [];
  const shell = shellReader();
  for (const command of commands) {
    let behind = 0;
    for (const segment of segments(command.text)) {
      if (typeof segment === 'string') shell.read(segment);
      else {
        const { reference, source } = segment;
        const at = placeOf(command, source, behind, nodes);
        behind = at.end;
        if (reference.kind === 'name' && !shell.isQuoted()) found.push({ name: reference.name, source, at });
        shell.read('x');
      }
    }
    shell.read('\n');
  }
  return found;
}

/** Follows the quoting of a bash file, nearly: what it does not know (case patterns inside of a substitution) can only cost a warning. */
function shellReader(): { read(text: string): void; isQuoted(): boolean } {
  const nesting: ('code' | 'double')[] = ['code'];
  const pending: { word: string; tabs: boolean }[] = [];
  let state: 'usual' | 'single' | 'comment' | 'here' | 'escaped' = 'usual';
  let previous = '\n';
  let line = '';
  let redirect = '';
  const inside = () => nesting.at(-1) ?? 'code';

  function usual(character: string): void {
    const double = inside() === 'double';
    if (character === '\\') state = 'escaped';
    else if (character === '"') double ? nesting.pop() : nesting.push('double');
    else if (character === "'" && !double) state = 'single';
    else if (character === '(' && (previous === '$' || !double)) nesting.push('code');
    else if (character === ')' && !double && nesting.length > 1) nesting.pop();
    else if (character === '#' && !double && /[\s;(]/.test(previous)) state = 'comment';
    else if (character === '\n' && !double && pending.length > 0) state = 'here';
  }

  /** Collects the word behind `<<`, where a here-document begins with the next line. */
  function here(character: string): void {
    if (redirect === '') {
      if (character === '<' && previous === '<' && inside() === 'code') redirect = '<<';
      return;
    }
    if (redirect === '<<' && character === '<') redirect = '';
    else if (/[\s;|&<>()]/.test(character) && /[^<\s-]/.test(redirect)) {
      pending.push({
        word: redirect.replace(/^<<-?\s*/, '').replaceAll(/['"\\]/g, ''),
        tabs: redirect.startsWith('<<-'),
      });
      redirect = '';
    } else if (character === '\n') redirect = '';
    else redirect += character;
  }

  return {
    isQuoted: () => state === 'single' || state === 'comment' || state === 'here' || inside() === 'double',
    read(text) {
      for (const character of text) {
        if (state === 'here') {
          if (character !== '\n') line += character;
          else {
            const [next] = pending;
            if (next && (next.tabs ? line.replace(/^\t+/, '') : line) === next.word) pending.shift();
            line = '';
            if (pending.length === 0) state = 'usual';
          }
        } else if (state === 'escaped') state = 'usual';
        else if (state === 'single') state = character === "'" ? 'usual' : 'single';
        else if (state === 'comment') {
          if (character === '\n') state = pending.length > 0 ? 'here' : 'usual';
        } else {
          here(character);
          usual(character);
        }
        previous = character;
      }
    },
  };
}
