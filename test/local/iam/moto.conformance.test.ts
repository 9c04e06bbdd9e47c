// The evaluator's case table under moto's IAM: agreed wherever moto knows the language, and what it does not know is listed with its cause.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asked, type Case, cases } from './cases.ts';

const missing =
  spawnSync('python3', ['-c', 'import moto.iam.access_control'], { stdio: 'ignore' }).status === 0
    ? undefined
    : 'moto is not installed: policies are not asked of its IAM';
if (missing) console.warn(missing);

/** What moto's `IAMPolicyStatement` does otherwise than IAM's documentation. The first that fits a case is its cause. */
/** `count`: of the cases that differ. */
const weaknesses: [cause: string, count: number, fits: (statement: string, the: Case) => boolean][] = [
  [
    'knows StringEquals alone of conditions, and takes other operators and missing keys to hold',
    27,
    (text) => text.includes('"Condition"'),
  ],
  ['knows no policy variables', 5, (text) => text.includes('${')],
  ['does not read NotResource', 2, (text) => text.includes('"NotResource"')],
  ['takes ? and . for those of regular expressions', 4, (text) => /(Action|Resource)":"[^"]*(\?|bucket\.)/.test(text)],
  ['compares actions with their case', 1, (text) => /"Action":"[^"*]*getobject/.test(text)],
];

const causeOf = (the: Case) => weaknesses.find(([, , fits]) => fits(JSON.stringify(the[1]), the))?.[0];

describe.skipIf(missing)('moto', () => {
  const asks = cases.map(([, statement, request]) => ({ statement, ...asked, ...request }));
  const { stdout, stderr } = missing
    ? { stdout: '[]', stderr: '' }
    : spawnSync('python3', [join(import.meta.dirname, 'moto-policy.py')], {
        input: JSON.stringify(asks),
        encoding: 'utf8',
      });
  const answers = JSON.parse(stdout || `["${stderr.slice(-300).replaceAll(/["\\\n]/g, ' ')}"]`) as unknown[];
  const differs = cases.filter(([, , , allowed], index) => answers[index] !== allowed);

  test('says of every case what we say, but where it does not know the language', () => {
    expect(answers).toHaveLength(cases.length);
    expect(differs.filter((the) => causeOf(the) === undefined).map(([what]) => what)).toEqual([]);
    process.stdout.write(`moto agrees in ${cases.length - differs.length} of ${cases.length} cases\n`);
  });
  test.each(weaknesses)('%s', (cause, count) => {
    expect(differs.filter((the) => causeOf(the) === cause).map(([what]) => what)).toHaveLength(count);
  });
});
