// Functions that are bundled at the same time are bundled in one run of esbuild: it reads each source once, not once for each of them.

/** Runs that have not begun, by what their builds have in common. */
const waiting = new Map();

/**
 * One plugin in place of these. The builds that are set up in one turn of the event loop, with the same options, become one run,
 * which writes the files of all; it links each output from its own entry alone, so they are the same as by themselves.
 * serverless-esbuild starts a build for each function, all in one turn. What `kind` tells apart is bundled apart.
 */
const together = (plugins, kind) => ({
  name: 'bundled-together',
  setup(build) {
    const { entryPoints, ...options } = build.initialOptions;
    // Who wants the result itself, and not its file, has it of its own entries.
    const alone = options.metafile || options.write === false;
    const common = alone ? {} : JSON.stringify([options, entryPoints.map(kind)]);
    const join = () => {
      const run = waiting.get(common) ?? { entryPoints: new Set() };
      waiting.set(common, run);
      for (const entry of entryPoints) run.entryPoints.add(entry);
      return run;
    };
    const resultOf = (run) => {
      if (waiting.get(common) === run) waiting.delete(common);
      run.result ??= build.esbuild.build({ ...options, plugins, entryPoints: [...run.entryPoints] });
      return run.result;
    };
    // The build itself has nothing to do. A rebuild has a run of its own.
    build.initialOptions.entryPoints = [];
    let run = join();
    build.onEnd(async (result) => {
      const mine = run ?? join();
      run = undefined;
      try {
        Object.assign(result, await resultOf(mine));
      } catch (failure) {
        if (!failure.errors) throw failure;
        return { errors: failure.errors };
      }
    });
  },
});

module.exports = { together };
