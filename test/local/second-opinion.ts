// Two servers' answers to one call, compared by what a client sees: names and types of fields, and codes of errors.

type Answer = Record<string, unknown> & { code?: string };

/** Each field as `A.B[].C: string`; a list's elements are taken together. An error is its code. */
export function shape(answer: Answer): string[] {
  if (typeof answer.code === 'string') return [`error ${answer.code}`];
  return [...new Set(fields(answer, ''))].sort();
}

function fields(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((one) => fields(one, `${path}[]`));
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([name, one]) => fields(one, path === '' ? name : `${path}.${name}`));
  return [`${path}: ${value === null ? 'null' : typeof value}`];
}

/** What only one of them answers, as `moto …` and `ours …`; all that is beside another's error is one thing. */
export function disagreements(theirs: Answer, ours: Answer): string[] {
  const [a, b] = [theirs, ours].map((answer) => {
    const other = answer === theirs ? ours : theirs;
    return typeof other.code === 'string' && typeof answer.code !== 'string' ? ['an answer'] : shape(answer);
  }) as [string[], string[]];
  return [
    ...a.filter((field) => !b.includes(field)).map((field) => `moto ${field}`),
    ...b.filter((field) => !a.includes(field)).map((field) => `ours ${field}`),
  ];
}
