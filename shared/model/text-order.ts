// The order of texts: that of dates in time, where they are ISO 8601 dates.

/**
 * Compares two texts by their UTF-16 code units, as `sort` wants it: a negative number, 0 or a positive one. Unlike
 * `localeCompare` it loads no rules of a language, for which a process takes 30 ms at its first call.
 */
export const textOrder = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
