// Runs work under one key strictly one after the other.

export type Turn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

export function inTurn(): Turn {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const result = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, result);
    const forget = () => {
      if (last.get(key) === result) last.delete(key);
    };
    result.then(forget, forget);
    return result;
  };
}
