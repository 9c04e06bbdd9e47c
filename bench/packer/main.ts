// Packer and ours on the same endpoint: what each leaves behind, and how close each comes to the limit. Sections: left-behind, critical-path, with-tests.
import { partOptions, writeResult } from '../shared/part.ts';
import { criticalPath, long, short } from './critical-path.ts';
import { leftBehind } from './left-behind.ts';
import { packerVersion } from './packer.ts';

const options = partOptions({ runs: 5 });
const sections = ['left-behind', 'critical-path', 'with-tests'];
const unknown = options.only.find((name) => !sections.includes(name));
if (unknown) throw new Error(`There is no section ${unknown}: the sections are ${sections.join(', ')}`);
const wanted = (name: string) => options.only.length === 0 || options.only.includes(name);

const packer = packerVersion();
const missing =
  packer === undefined
    ? 'Packer is not installed (Debian package packer): it is not compared with'
    : process.getuid?.() !== 0
      ? 'Instances of the local cloud need root: Packer is not compared with'
      : undefined;
if (missing) {
  console.log(missing);
  writeResult(options.json, { skipped: missing });
} else {
  const scenarios = [short, ...(options.long ? [long] : [])];
  const result = {
    packer,
    leftBehind: wanted('left-behind') ? await leftBehind() : undefined,
    criticalPaths: [] as object[],
  };
  for (const section of ['critical-path', 'with-tests'].filter(wanted))
    for (const scenario of scenarios)
      result.criticalPaths.push(await criticalPath(scenario, options.runs, section === 'with-tests'));
  writeResult(options.json, result);
}
