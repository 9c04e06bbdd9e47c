// What an import could not carry over, or carried over as something else: where it stands and why.

export type ImportFinding = {
  /** Logical id. */
  resource: string;
  /** `Components[0].ComponentArn`; absent when it is the resource as a whole. */
  property?: string;
  kind: 'left out' | 'replaced';
  why: string;
  line: number;
};
