// What so many builds would come to that they cannot be measured here: fitted on the two largest crowds that were, told with how far it is off for the others.
import { bound, type Stretches } from './bound.ts';

/** `perBuild`: by name, what one build of the crowd comes to. */
export type Crowd = { builds: number; makespan: number; perBuild: Record<string, number> };

export type Model = { makespan(builds: number): number; perBuild(name: string, builds: number): number };

/**
 * A build that waits for its turn comes to more than one that does not. In a crowd of a minute a fixed number does not wait, so what
 * each comes to is `most − c / builds`. The makespan is what RunInstances allows, times the worst ratio that was seen.
 */
export function fitted([small, large]: [Crowd, Crowd], within: number, stretches: Stretches): Model {
  const allowed = (builds: number) => bound(builds, within, stretches);
  const ratio = Math.max(...[small, large].map(({ builds, makespan }) => makespan / allowed(builds)));
  return {
    makespan: (builds) => allowed(builds) * ratio,
    perBuild(name, builds) {
      const [some, many] = [small.perBuild[name]!, large.perBuild[name]!];
      const c = (many - some) / (1 / small.builds - 1 / large.builds);
      return many + c / large.builds - c / builds;
    },
  };
}

/** How far the model is off from a crowd that was measured: the largest of its figures, as a part of the measured one. */
export function deviation(model: Model, { builds, makespan, perBuild }: Crowd): number {
  const off = Object.entries(perBuild).map(([name, value]) => model.perBuild(name, builds) / value - 1);
  return Math.max(...[...off, model.makespan(builds) / makespan - 1].map(Math.abs));
}
