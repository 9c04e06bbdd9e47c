// Reboots and power cuts of a real instance while a component runs on it: what was cut runs again, what was finished does not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenCloud, openCloud } from '../../local/ec2/open-cloud.ts';
import { documentOf, launch, powerCut, runScript, runSteps, type Step, scriptOf } from './run-on-instance.ts';

let cloud: OpenCloud;
beforeAll(async () => {
  cloud = await openCloud();
});
afterAll(() => cloud.close());

const log = '/var/storm';

/** What the steps left in the log file, read by a run of its own. */
async function logOf(id: string): Promise<string[]> {
  const { stdout } = await runScript(cloud, `cat ${log}`, { to: id });
  return stdout.trim().split('\n');
}

/** Asks for a reboot at its first two starts; each start leaves a line. */
const stormy = (name: string): Step => ({
  name,
  commands: [`echo ${name} >>${log}`, `(($(grep -c ${name} ${log}) > 2)) || exit 194`, `echo ${name} done`],
});

const reboot = (name: string) => ({ name, action: 'Reboot', inputs: { delaySeconds: 0 } });

test('each step exits with 194 twice and Reboot stands between: every step starts three times, every Reboot once', async () => {
  const { phases, ...head } = JSON.parse(documentOf(['One', 'Two', 'Three'].map((name) => stormy(`Step${name}`))));
  const [one, two, three] = phases[0].steps;
  const steps = [one, reboot('RebootOne'), two, reboot('RebootTwo'), three];
  const id = await launch(cloud);
  const script = scriptOf(JSON.stringify({ ...head, phases: [{ name: 'build', steps }] }), 'storm');
  const { status, result } = await runScript(cloud, script, { to: id });
  expect(status).toBe('Success');
  expect(result).toMatchObject({ rebootCount: 8, executedStepCount: 5, output: 'StepThree done\n' });
  expect(await logOf(id)).toEqual(['One', 'Two', 'Three'].flatMap((name) => Array(3).fill(`Step${name}`)));
}, 60_000);

test('a power cut in the middle of a step: it starts anew, the steps before it do not, their outputs are there', async () => {
  const id = await launch(cloud);
  let cut: Promise<void> | undefined;
  const steps: Step[] = [
    { name: 'Before', commands: [`echo before >>${log}`, 'echo kept'] },
    {
      name: 'Middle',
      commands: [`echo middle >>${log}`, '[[ -e /var/cut ]] || { touch /var/cut; echo cut-me; sleep 60; }'],
    },
    { name: 'Behind', commands: ['echo "{{ build.Before.outputs.stdout }}"', `echo behind >>${log}`] },
  ];
  const { status, result } = await runSteps(cloud, steps, {
    to: id,
    heard(lines) {
      if (lines.includes('cut-me')) cut ??= powerCut(cloud, id);
    },
  });
  await cut;
  expect(cut).toBeDefined();
  expect(status).toBe('Success');
  expect(result).toMatchObject({ rebootCount: 0, executedStepCount: 3, output: 'kept\n' });
  expect(await logOf(id)).toEqual(['before', 'middle', 'middle', 'behind']);
}, 60_000);

test('power cuts at any moment: no step runs again once a later one has begun, and no state is torn', async () => {
  const id = await launch(cloud);
  const steps = Array.from({ length: 6 }, (_, index) => ({
    name: `Step${index}`,
    commands: [`echo ${index} >>${log}`, 'sleep 0.08', `echo ${index} >>${log}`],
  }));
  const cuts = [40, 210, 95, 330, 20, 150, 270, 60];
  let over = false;
  const storm = async () => {
    for (const delay of cuts) {
      await cloud.instances.whenOnline(id, AbortSignal.timeout(20_000));
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (over) return;
      await powerCut(cloud, id);
    }
  };
  const [{ status, result }] = await Promise.all([
    runSteps(cloud, steps, { to: id }).finally(() => {
      over = true;
    }),
    storm(),
  ]);
  expect(status).toBe('Success');
  expect(result?.steps.map(({ name, status }) => [name, status])).toEqual(steps.map(({ name }) => [name, 'success']));
  const ran = (await logOf(id)).map(Number);
  expect(ran).toEqual(ran.toSorted());
  for (const index of steps.keys()) expect(ran.filter((one) => one === index).length).toBeGreaterThanOrEqual(2);
}, 60_000);
