// Keeps plans, their scripts and the results of their commands: written once, read by the phases.
import type { Table } from '../aws/table.ts';
import type { CommandRecord } from '../build/command.ts';
import { packScripts, unpackScripts } from '../build/packed-scripts.ts';
import type { Plan, Stage } from '../build/plan.ts';
import { sentScript } from '../component/sent-script.ts';
import { NotFoundError } from '../errors.ts';
import { regionsKey } from '../model/sweep-report.ts';

export type Plans = {
  write(plan: Plan, scripts: Record<Stage, string[]>): Promise<void>;
  read(image: string): Promise<Plan>;
  /** The plan, or undefined when the build failed before there was one. */
  find(image: string): Promise<Plan | undefined>;
  /** The script as it is sent to the instance. */
  script(image: string, stage: Stage, index: number): Promise<string>;
  putResult(image: string, stage: Stage, index: number, result: CommandRecord): Promise<void>;
  results(image: string, stage: Stage): Promise<CommandRecord[]>;
  /** Every region of every account that a plan has ever named: where something of ours may be. */
  places(): Promise<Place[]>;
};

/** `accountId` is absent for the stack's own account. */
export type Place = { region: string; accountId?: string };

const placeText = ({ region, accountId }: Place) => (accountId ? `${region} ${accountId}` : region);

function placeOf(text: string): Place {
  const [region, accountId] = text.split(' ');
  return { region: region!, ...(accountId && { accountId }) };
}

/** Scripts of one item: of the longest that can be sent (48 KiB in base64) so many fit into the 400 KB that an item may have. */
const together = 8;

const numbered = (kind: string, stage: Stage, index: number) => `${kind}#${stage}#${String(index).padStart(3, '0')}`;

export function plans(table: Table): Plans {
  const find = async (image: string) => (await table.get({ pk: image, sk: 'plan' }))?.plan as Plan | undefined;
  return {
    async write(plan, scripts) {
      for (const stage of ['build', 'test'] as const)
        for (let first = 0; first < scripts[stage].length; first += together) {
          const packed = packScripts(scripts[stage].slice(first, first + together));
          await table.put({ pk: plan.image, sk: numbered('scripts', stage, first / together), packed });
        }
      await table.update(regionsKey, {
        add: '#regions :regions',
        names: { '#regions': 'regions' },
        values: { ':regions': new Set([plan.homeRegion, ...plan.distributions.map(placeText)]) },
      });
      await table.put({ pk: plan.image, sk: 'plan', plan });
    },
    find,
    async read(image) {
      const plan = await find(image);
      if (!plan) throw new NotFoundError(`There is no plan of ${image}: PrepareImage has not run.`);
      return plan;
    },
    async script(image, stage, index) {
      const item = await table.get({ pk: image, sk: numbered('scripts', stage, Math.floor(index / together)) });
      const script = item && unpackScripts(item.packed as Uint8Array)[index % together];
      if (script !== undefined) return sentScript(script);
      // Version 0.1.0 kept each script by itself, as it is sent.
      const sent = await table.get({ pk: image, sk: numbered('script', stage, index) });
      if (!sent) throw new NotFoundError(`The plan of ${image} has no ${stage} script ${index}.`);
      return sent.script as string;
    },
    putResult: (image, stage, index, result) => table.put({ pk: image, sk: numbered('result', stage, index), result }),
    results: async (image, stage) =>
      (await table.query(image, `result#${stage}#`)).map((item) => item.result as CommandRecord),
    places: async () =>
      [...(((await table.get(regionsKey))?.regions as Set<string> | undefined) ?? [])].sort().map(placeOf),
  };
}
