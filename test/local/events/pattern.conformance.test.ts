import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { event, matching, notMatching } from './pattern-cases.ts';

const moto = (program: string, input: unknown) =>
  spawnSync('python3', ['-c', program], { input: JSON.stringify(input), encoding: 'utf8' });

const missing =
  moto('import moto.events.models', null).status === 0
    ? undefined
    : 'moto is not installed: event patterns are not compared with another matcher';
if (missing) console.warn(missing);

const program = `
import json, sys
from moto.events.models import EventPattern
given = json.load(sys.stdin)
def matches(pattern):
    return EventPattern.load(json.dumps(pattern)).matches_event(given['event'])
json.dump([matches(pattern) for pattern in given['patterns']], sys.stdout)
`;

// EventBridge looks into arrays of objects (github.com/aws/event-ruler), moto 5.2.1 does not.
const beyond = 'a field inside an array of objects';

test.skipIf(missing)('moto agrees which patterns match', () => {
  const agreed = matching.filter(([what]) => what !== beyond);
  const cases = [...agreed, ...notMatching];
  const { stdout, stderr } = moto(program, { event, patterns: cases.map(([, pattern]) => pattern) });
  const answers: boolean[] = JSON.parse(stdout || JSON.stringify(stderr));
  const theirs = cases.flatMap(([what], index) => (answers[index] ? [what] : []));
  expect(theirs).toEqual(agreed.map(([what]) => what));
});
