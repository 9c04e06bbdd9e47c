// What the stack has in other accounts: each that can be asked is listed, each that cannot is named.
import { describe, expect, it } from 'vitest';
import { AccessDeniedError } from '../../shared/errors.ts';
import type { TaggedResource } from '../../shared/model/ownership.ts';
import { longestLook } from '../../shared/model/sweep-report.ts';
import { lookIntoAccounts } from '../../shared/phase/look-into-accounts.ts';

const [open, closed, gone] = ['111111111111', '222222222222', '333333333333'];

const resource = (region: string, id = 'ami-1'): TaggedResource => ({
  ...{ kind: 'image', id, region, state: 'available', stack: 'the-stack' },
});

function looking(more: Partial<Parameters<typeof lookIntoAccounts>[0]> = {}) {
  const asked: string[] = [];
  const gateways = {
    enter: async (account: string) => {
      if (account !== open) throw new AccessDeniedError(`Tried to assume the role of account ${account}: no.`);
    },
    tagged: (region: string, account?: string) => ({
      async of(stackId: string) {
        asked.push(`${region} ${account} ${stackId}`);
        if (region === 'ap-east-1') throw new AccessDeniedError('AuthFailure');
        return [resource(region)];
      },
    }),
    plans: {
      places: async () => [
        { region: 'us-east-1' },
        { region: 'eu-west-1', accountId: open },
        { region: 'ap-east-1', accountId: open },
        { region: 'eu-west-1', accountId: gone },
      ],
    },
    ...{ region: 'us-east-1', accounts: [closed, open], stackId: 'the-stack', now: () => 0, ...more },
  };
  return { asked, look: () => lookIntoAccounts(gateways, { until: 60_000 }) };
}

describe('other accounts', () => {
  it('are those that are named and those that anything ever went to, in the regions where it did', async () => {
    const { asked, look } = looking();
    const looks = await look();
    expect(looks.map(({ account, regions }) => [account, regions])).toEqual([
      [open, ['eu-west-1', 'us-east-1']],
      [closed, []],
      [gone, []],
    ]);
    expect(asked.sort()).toEqual(
      ['ap-east-1', 'eu-west-1', 'us-east-1'].map((region) => `${region} ${open} the-stack`),
    );
  });
  it('tell whose each resource is, and what could not be asked, once for an account', async () => {
    const [one, two, three] = await looking().look();
    expect(one!.resources.map(({ account, region }) => [account, region]).sort()).toEqual([
      [open, 'eu-west-1'],
      [open, 'us-east-1'],
    ]);
    expect(one!.problems).toEqual([`ap-east-1 of account ${open}: AuthFailure`]);
    for (const other of [two!, three!])
      expect(other.problems).toEqual([`Tried to assume the role of account ${other.account}: no.`]);
  });
  it('are not asked beyond the time', async () => {
    const { asked, look } = looking({ now: () => 31_000 });
    expect((await look())[0]!.problems).toHaveLength(3);
    expect(asked).toEqual([]);
  });
  it('tell no more than one answer holds, and how much that leaves out', async () => {
    const many = Array.from({ length: longestLook + 5 }, (_, index) => resource('us-east-1', `ami-${index}`));
    const { look } = looking({ tagged: () => ({ of: async () => many }), plans: { places: async () => [] } });
    const [one] = await look();
    expect(one!.resources).toHaveLength(longestLook);
    expect(one!.problems).toEqual([`5 more resources of account ${open} are not listed.`]);
    expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThan(6_000_000);
  });
  it('are none where none is named', async () => {
    expect(await looking({ accounts: [], plans: { places: async () => [{ region: 'us-east-1' }] } }).look()).toEqual(
      [],
    );
  });
});
