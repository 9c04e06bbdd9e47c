// Lines of states side by side: the first that fails stops the others, and nothing more is begun.
import type { Trail } from '../history.ts';
import { Stopped } from '../run.ts';
import { Scope } from '../scope.ts';

export type Side = { scope: Scope; trail: Trail };

/**
 * Runs `sides` in a scope of their own. Rejects with the first failure once all have come to rest, and leaves `trail` at the
 * event that failed; on success at the last event of the side that was last.
 */
export async function together(outer: Scope, trail: Trail, sides: ((side: Side) => Promise<void>)[]): Promise<void> {
  const scope = new Scope(outer);
  const start = trail.last;
  let failed: { error: unknown } | undefined;
  await Promise.all(
    sides.map(async (run) => {
      const side: Side = { scope, trail: { last: start } };
      try {
        await run(side);
        if (!failed) trail.last = side.trail.last;
      } catch (error) {
        if (failed || scope.stopped) return;
        failed = { error };
        trail.last = side.trail.last;
        scope.stop(new Stopped({ eventId: side.trail.last }));
      }
    }),
  );
  if (outer.stopped) throw outer.reason;
  scope.stop(undefined);
  if (failed) throw failed.error;
}
