import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first: what is started last must not be what takes longest. */
const long = [
  /hello-web|(aws-cli|channels|component|control|ending|everywhere|lifecycle|process|publishing|sweep)\.(e2e|conformance)/,
  /e2e|conformance|broken-off|machine-table|transaction|input-fuzz|lambda-host\/host|instance\/|component\/(steps|result|on-failure|actions\/s3)|cli\/(bad-input|build|component-run|control|local-cloud|start)/,
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = long.findIndex((pattern) => pattern.test(moduleId));
      return found < 0 ? long.length : found;
    };
    // A worker is used again only where a file of the same project comes next.
    return (await super.sort(files)).toSorted(
      (one, other) => rank(one) - rank(other) || one.project.name.localeCompare(other.project.name),
    );
  }
}

/** They set the environment of functions, which read it as they are loaded, or look at what functions print. */
const alone = [
  'test/{aws,e2e,package}/**/*.test.ts',
  'test/local/ec2/lifecycle.test.ts',
  'test/local/lambda-host/host.test.ts',
  'test/phase/{deployment,handlers,input-fuzz,log-lines,own-execution,sample-events,secrets}.test.ts',
];

/** Whole builds, and what other tools say of our work. What is not called so is quick. */
const proofs = ['test/**/*.{e2e,conformance}.test.ts'];

export default defineConfig({
  test: {
    projects: [
      // These change nothing outside of themselves and share processes: what one of them has imported and compiled, the next need not.
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: [...alone, ...proofs], isolate: false },
      },
      { extends: true, test: { name: 'alone', include: alone, exclude: proofs } },
      { extends: true, test: { name: 'proofs', include: proofs, testTimeout: 120_000 } },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What a test waits for comes when the machine has time for it: a second is too short where others work too.
    expect: { poll: { timeout: 20_000 } },
    // The long tests mostly wait: for instances, for a local cloud's pending states, for commands in other processes.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongFirst },
  },
});
