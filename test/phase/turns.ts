// Two that work on the same things at once, call by call: which of them makes the next call is told by a list, so that every order can be had again.
export type Actor = 'first' | 'second';

export class Killed extends Error {}

/** `order`: who makes each call; once it is used up, who comes first. `dies`: the number of calls after which the first is dead. */
export function turns(order: Actor[], dies = Number.POSITIVE_INFINITY) {
  const left = [...order];
  const waiting: Record<Actor, (() => void)[]> = { first: [], second: [] };
  const ended = new Set<Actor>();
  let busy = false;
  let calls = 0;
  const advance = () => {
    if (busy) return;
    while (left.length > 0 && ended.has(left[0]!)) left.shift();
    const next = left.length > 0 ? left[0]! : (['first', 'second'] as const).find((one) => waiting[one].length > 0);
    const go = next && waiting[next].shift();
    if (!go) return;
    left.shift();
    busy = true;
    go();
  };
  const call = async <T>(actor: Actor, act: () => T): Promise<Awaited<T>> => {
    await new Promise<void>((go) => {
      waiting[actor].push(go);
      advance();
    });
    try {
      if (actor === 'first' && ++calls > dies) throw new Killed();
      return await act();
    } finally {
      busy = false;
      advance();
    }
  };
  /** The same gateways, each call of which waits for its turn. Functions answer further gateways, but for those of `asking`. */
  const through = <Gateways extends object>(
    actor: Actor,
    gateways: Gateways,
    names: (keyof Gateways)[],
    asking: (keyof Gateways)[] = [],
  ): Gateways => {
    const guarded = <One extends object>(one: One): One =>
      new Proxy(one, {
        get(target, name) {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => {
            const asked = () => value.apply(target, given) as unknown;
            return value.constructor.name === 'AsyncGeneratorFunction' ? listed(actor, asked) : call(actor, asked);
          };
        },
      });
    async function* listed(who: Actor, asked: () => unknown) {
      const all = await call(who, async () => {
        const found: unknown[] = [];
        for await (const one of asked() as AsyncIterable<unknown>) found.push(one);
        return found;
      });
      yield* all;
    }
    const own = Object.fromEntries(
      names.map((name) => {
        const gateway: unknown = gateways[name];
        const made = (...given: unknown[]) => guarded((gateway as (...all: unknown[]) => object)(...given));
        return [name, typeof gateway === 'function' ? made : guarded(gateway as object)];
      }),
    );
    const asked = Object.fromEntries(
      asking.map((name) => {
        const ask = gateways[name] as (...given: unknown[]) => unknown;
        return [name, (...given: unknown[]) => call(actor, () => ask(...given))];
      }),
    );
    return { ...gateways, ...own, ...asked };
  };
  /** Ends an actor's turns with its work. */
  const during = async <T>(actor: Actor, work: Promise<T>): Promise<PromiseSettledResult<T>> => {
    const [result] = await Promise.allSettled([work]);
    ended.add(actor);
    advance();
    return result!;
  };
  return { through, during, calls: () => calls };
}
