// The step a component is in, from the marker lines its script writes into its output.

/** `build/Install`, and the action that runs. */
export type Step = { phase: string; name: string; action: string };

const began = /^==> ([^/]+)\/(.+?) (\S+) \(attempt \d+ of \d+\)$/;

/** The step that begins with this line; undefined for any other line. */
export function stepBegun(line: string): Step | undefined {
  const match = began.exec(line);
  return match ? { phase: match[1]!, name: match[2]!, action: match[3]! } : undefined;
}
