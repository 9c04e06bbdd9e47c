// Keeps plans, their scripts and the results of their commands: written once, read by the phases.
import type { Table } from '../aws/table.ts';
import type { CommandRecord } from '../build/command.ts';
import type { Plan, Stage } from '../build/plan.ts';
import { NotFoundError } from '../errors.ts';
import { regionsKey } from '../model/sweep-report.ts';

export type Plans = {
  write(plan: Plan, scripts: Record<Stage, string[]>): Promise<void>;
  read(image: string): Promise<Plan>;
  /** The plan, or undefined when the build failed before there was one. */
  find(image: string): Promise<Plan | undefined>;
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

const numbered = (kind: string, stage: Stage, index: number) => `${kind}#${stage}#${String(index).padStart(3, '0')}`;

export function plans(table: Table): Plans {
  const find = async (image: string) => (await table.get({ pk: image, sk: 'plan' }))?.plan as Plan | undefined;
  return {
    async write(plan, scripts) {
      for (const stage of ['build', 'test'] as const)
        await Promise.all(
          scripts[stage].map((script, index) =>
            table.put({ pk: plan.image, sk: numbered('script', stage, index), script }),
          ),
        );
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
      const item = await table.get({ pk: image, sk: numbered('script', stage, index) });
      if (!item) throw new NotFoundError(`The plan of ${image} has no ${stage} script ${index}.`);
      return item.script as string;
    },
    putResult: (image, stage, index, result) => table.put({ pk: image, sk: numbered('result', stage, index), result }),
    results: async (image, stage) =>
      (await table.query(image, `result#${stage}#`)).map((item) => item.result as CommandRecord),
    places: async () =>
      [...(((await table.get(regionsKey))?.regions as Set<string> | undefined) ?? [])].sort().map(placeOf),
  };
}
