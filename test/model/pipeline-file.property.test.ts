import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPipelineFile } from '../../shared/model/pipeline-file.ts';

const fragment = fc.constantFrom(
  ...[
    'name: ',
    'imageRecipe:\n',
    '  ',
    '- ',
    '{{ vars.x }}',
    'vars: ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    '\n',
    '&a ',
    '*a ',
    '"',
    "'",
    '|\n',
    '!!int ',
    '? ',
    '#',
    '__proto__: ',
    '0x',
    '1.10',
    'null',
    '%',
    '\t',
  ],
);

describe('any text', () => {
  test('gives a pipeline or a problem, and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }), (source, vars) => {
        const { pipeline, problems } = readPipelineFile(source, { file: 'p.yml', vars });
        expect(pipeline === undefined).toBe(problems.length > 0);
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(source.split(/\r\n|\r|\n/).length);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('of JSON gives a pipeline or a problem', () => {
    const names = fc.constantFrom(
      'name',
      'vars',
      'imageRecipe',
      'components',
      'component',
      'parameters',
      'region',
      'distributions',
      '__proto__',
      'constructor',
    );
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(names, tie('node'), { maxKeys: 4 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, (tree) => {
        const { pipeline, problems } = readPipelineFile(JSON.stringify(tree), { file: 'p.yml' });
        expect(pipeline === undefined).toBe(problems.length > 0);
      }),
      { numRuns: 300 },
    );
  });
});
