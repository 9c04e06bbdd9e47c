declare module 'asl-validator' {
  /** Checks a definition; changes its argument. */
  export default function validate(definition: object): { isValid: boolean; errors: object[] };
}
