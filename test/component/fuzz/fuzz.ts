// `npm run fuzz -- 100000`: compiles that many mutated documents, another count or a first number may be given.
import { fuzz } from './laws.ts';

const [count = 100_000, from = 0] = process.argv.slice(2).map(Number);
const begun = Date.now();
const { documents, compiled, codes, slowest } = fuzz(from, count);
const seconds = Math.round((Date.now() - begun) / 1000);
console.log(
  `${documents} mutated documents, ${compiled} compiled, none threw; ${seconds} s, the slowest took ${Math.round(slowest)} ms`,
);
for (const [code, times] of [...codes].sort((a, b) => b[1] - a[1])) console.log(`${String(times).padStart(8)} ${code}`);
