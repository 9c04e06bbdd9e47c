import { expect, test } from 'vitest';
import { architectureProblem } from '../../shared/build/architecture.ts';

const supported = new Map([
  ['t3.micro', ['x86_64']],
  ['t2.micro', ['i386', 'x86_64']],
  ['t4g.micro', ['arm64']],
]);
const parent = (architecture: string) => ({ id: 'ami-1', architecture });

test('types that run the parent image are no problem', () => {
  expect(architectureProblem(parent('x86_64'), ['t3.micro', 't2.micro'], supported)).toBeUndefined();
  expect(architectureProblem(parent('i386'), ['t2.micro'], supported)).toBeUndefined();
  expect(architectureProblem({ id: 'ami-1' }, ['t4g.micro'], supported)).toBeUndefined();
});

test('each type that does not is named with what it runs', () => {
  expect(architectureProblem(parent('arm64'), ['t4g.micro', 't3.micro', 'z9.huge'], supported)).toBe(
    'The parent image ami-1 is arm64, which these instance types do not run: t3.micro (x86_64), z9.huge (not told by EC2). Change instanceTypes or the parent image.',
  );
});
