// Shows a build as it goes on: a live region on a terminal, plain lines elsewhere.
import type { ImageRecord, TimelineEntry } from '../../shared/model/image-record.ts';
import type { Output } from '../output.ts';
import { printable } from '../terminal-text.ts';
import { entryName } from './entry-name.ts';
import type { Watcher } from './follow.ts';
import { frame } from './frame.ts';
import { liveRegion } from './live-region.ts';
import { plainLines } from './plain.ts';
import type { Step } from './step.ts';

export type Display = Watcher & {
  /** A line of our own, above the live region. */
  say(line: string): void;
  /** Takes the live region away, for a question or for good; `resume` brings it back. */
  pause(): void;
  resume(): void;
};

export function display(output: Output, { verbose }: { verbose: boolean }): Display {
  return output.live ? liveDisplay(output, output.live, verbose) : plainDisplay(output, verbose);
}

function plainDisplay(output: Output, verbose: boolean): Display {
  let last: ImageRecord | undefined;
  return {
    seen(image) {
      for (const line of plainLines(last, image, Date.now())) output.say(line);
      last = image;
    },
    wrote(entry, lines) {
      if (verbose) for (const line of lines) output.say(outputLine(entry, line));
    },
    say: (line) => output.say(line),
    pause: () => undefined,
    resume: () => undefined,
  };
}

function liveDisplay(output: Output, live: NonNullable<Output['live']>, verbose: boolean): Display {
  const region = liveRegion(live.write);
  let current: { image: ImageRecord; steps: ReadonlyMap<string, Step> } | undefined;
  let ticking: NodeJS.Timeout | undefined;
  let paused = false;
  const draw = () => {
    if (!current) return;
    const screen = { columns: live.columns(), rows: live.rows(), colours: output.colours };
    region.draw(frame(current.image, current.steps, Date.now(), screen));
  };
  const resume = () => {
    paused = false;
    ticking ??= setInterval(draw, 200).unref();
    draw();
  };
  return {
    seen(image, steps) {
      const notes = image.notes.slice(current?.image.notes.length ?? 0);
      region.above(notes.map((note) => `note: ${printable(note)}`));
      current = { image, steps };
      if (!paused) resume();
    },
    wrote(entry, lines) {
      if (verbose) region.above(lines.map((line) => outputLine(entry, line)));
    },
    say: (line) => region.above([line]),
    pause() {
      paused = true;
      clearInterval(ticking);
      ticking = undefined;
      region.clear();
    },
    resume,
  };
}

function outputLine(entry: TimelineEntry, line: string): string {
  return `        ${entryName(entry)} | ${printable(line)}`;
}
