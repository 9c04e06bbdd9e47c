// Orders versions of Debian packages as dpkg does: epoch, upstream version, revision (Debian policy manual, 5.6.12).

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`: `1:1.2~rc1-3` and the like. */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function parse(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  };
}

const isDigit = (character: string | undefined) => character !== undefined && character >= '0' && character <= '9';

/** A tilde sorts before the end of the text, the end before letters, letters before everything else. */
function weight(character: string | undefined): number {
  if (character === undefined || isDigit(character)) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}

/** Turns of text and number: text character by character, numbers by value. */
function compareParts(a: string, b: string): number {
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a[i])) || (j < b.length && !isDigit(b[j]))) {
      const difference = weight(a[i]) - weight(b[j]);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const [left, right] = [numberAt(a, i), numberAt(b, j)];
    const difference = compareNumbers(left, right);
    if (difference !== 0) return difference;
    i += left.length;
    j += right.length;
  }
  return 0;
}

const numberAt = (text: string, from: number) => /^\d*/.exec(text.slice(from))![0];

/** Numbers of any length, as texts: leading zeros count for nothing. */
export function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : Number(left > right);
}
