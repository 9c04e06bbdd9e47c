// The functions of the machine over a world: what each handler in functions/ calls, by the function's name in the machine.
import { hasFailed } from '../../shared/build/ending.ts';
import { needsChecks } from '../../shared/build/preflight.ts';
import { advance } from '../../shared/phase/announce.ts';
import { awaitApproval } from '../../shared/phase/await-approval.ts';
import { checkDistribution } from '../../shared/phase/check-distribution.ts';
import { cleanup } from '../../shared/phase/cleanup.ts';
import { copyRegion } from '../../shared/phase/copy-region.ts';
import { evaluateTests } from '../../shared/phase/evaluate-tests.ts';
import { exportImage } from '../../shared/phase/export-image.ts';
import { finish, type Story } from '../../shared/phase/finish.ts';
import { launch } from '../../shared/phase/launch.ts';
import { assertBuiltBy } from '../../shared/phase/own-execution.ts';
import { publishImage } from '../../shared/phase/publish-image.ts';
import { releaseInstance } from '../../shared/phase/release-instance.ts';
import { runComponent } from '../../shared/phase/run-component.ts';
import { snapshotAmi } from '../../shared/phase/snapshot-ami.ts';
import { stopBuilder } from '../../shared/phase/stop-builder.ts';
import type { World } from './world.ts';

/** What the machine sends; each function reads what is meant for it. */
export type Payload = {
  image: string;
  execution?: string;
  token: string;
  index: number;
  stage: 'build' | 'test';
  role: 'builder' | 'tester';
  ended?: { error?: NonNullable<Story['caught']>; cleanupError?: NonNullable<Story['caught']> };
};

export type Phases = (name: string, payload: Payload) => Promise<unknown>;

/** `until`: when an invocation of now ends. The plan is the world's own: PrepareImage only tells the machine of it. */
export function phasesOf({ image, plan, gateways }: World, until: () => number): Phases {
  const lambda = () => ({ until: until() });
  const during = plan.testTimeoutMinutes !== 0;
  const acts: Record<string, (payload: Payload) => Promise<unknown>> = {
    async PrepareImage() {
      await advance(gateways, image, 'CREATING');
      const { dateCreated } = await gateways.images.read(image);
      return {
        checkNeeded: needsChecks(plan, dateCreated),
        buildNeeded: plan.source === undefined,
        build: [...plan.build.keys()],
        test: [...plan.test.keys()],
        imageTestsEnabled: plan.imageTestsEnabled,
        copyDuringTests: during ? plan.copies : [],
        copyAfterTests: during ? [] : plan.copies,
        approvalNeeded: plan.approval !== undefined,
        exports: [...plan.distributions.keys()].filter((index) => plan.distributions[index]!.s3ExportConfiguration),
      };
    },
    CheckDistribution: (payload) => checkDistribution(gateways, payload),
    LaunchBuilder: (payload) => launch(gateways, payload, 'builder', lambda()),
    RunComponent: (payload) => runComponent(gateways, payload, lambda()),
    StopBuilder: (payload) => stopBuilder(gateways, payload),
    ReleaseInstance: (payload) => releaseInstance(gateways, payload),
    SnapshotAmi: (payload) => snapshotAmi(gateways, payload, lambda()),
    async LaunchTester(payload) {
      await advance(gateways, image, 'TESTING');
      await launch(gateways, payload, 'tester', lambda());
    },
    EvaluateTests: (payload) => evaluateTests(gateways, payload),
    CopyRegion: (payload) => copyRegion(gateways, payload, lambda()),
    AwaitApproval: (payload) => awaitApproval(gateways, payload),
    ExportImage: (payload) => exportImage(gateways, payload, lambda()),
    PublishImage: (payload) => publishImage(gateways, payload, lambda()),
    Cleanup: ({ ended }) => cleanup(gateways, image, hasFailed({ caught: ended?.error })),
    FinishImage: ({ ended }) => finish(gateways, image, { caught: ended?.error, cleanupError: ended?.cleanupError }),
  };
  let own: Awaited<ReturnType<typeof gateways.images.find>>;
  return async (name, payload) => {
    const act = acts[name];
    if (!act) throw new Error(`the machine has a function ${name} that this test does not know how to call`);
    own ??= await gateways.images.find(image);
    if (payload.execution) assertBuiltBy(image, own, payload.execution);
    return act(payload);
  };
}
