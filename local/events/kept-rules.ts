// Buses and rules that clients made, kept in the state directory; those of the stack come from its template at each start.
import { readJson, writeJson } from '../state/json-file.ts';
import type { BusAddress, EventBuses } from './buses.ts';
import { type RuleSettings, settingsOf, type Target } from './rule.ts';

type Kept = { buses: BusAddress[]; rules: { address: BusAddress; settings: RuleSettings; targets: Target[] }[] };

/** Makes what the file says; the function answered writes the file again. */
export function keptRules(file: string, buses: EventBuses): () => void {
  const kept = readJson<Kept>(file, { buses: [], rules: [] });
  for (const address of kept.buses) buses.create(address, false);
  for (const { address, settings, targets } of kept.rules) {
    // A bus that is not kept is the stack's, which comes later.
    if (!buses.has(address)) buses.create(address, true);
    buses.putRule(address, settings, targets, false);
  }
  return () => {
    const all = buses.all();
    const value: Kept = {
      buses: all
        .filter(({ address, bus }) => !bus.fromStack && address.name !== 'default')
        .map(({ address }) => address),
      rules: all.flatMap(({ address, bus }) =>
        [...bus.rules.values()]
          .filter((rule) => !rule.fromStack)
          .map((rule) => ({ address, settings: settingsOf(rule), targets: rule.targets })),
      ),
    };
    writeJson(file, value);
  };
}
