// The machine's definition keeps the rules that AWS does not check.
import validate from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { errorNames } from '../../shared/errors.ts';
import { definitionText, substituted, tasks, waits } from './machine.ts';

const all = Object.entries(tasks());
const quickest = ['ThrottledError', 'NotReadyError'];

describe('the definition', () => {
  it('is valid to asl-validator', () => {
    const result = validate(substituted());
    expect(result.errors).toEqual([]);
    expect(result.isValid).toBe(true);
  });
  it('holds no null: packaging strips them, and ResultPath null would become the whole input', () => {
    expect(definitionText).not.toContain('null');
  });
  it('has state names that are unique over all branches', () => {
    const names = [...definitionText.matchAll(/"(\w+)": \{\s*"Type": "/g)].map((match) => match[1]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('every task', () => {
  it.each(all)('%s has a time-out, and a heartbeat below it exactly when it waits', (_, task) => {
    expect(task.TimeoutSeconds).toBeGreaterThan(0);
    expect(task.HeartbeatSeconds !== undefined).toBe(waits(task));
    if (task.HeartbeatSeconds) expect(task.HeartbeatSeconds).toBeLessThan(task.TimeoutSeconds!);
    expect(task.Parameters.Payload?.['token.$']).toBe(waits(task) ? '$$.Task.Token' : undefined);
  });
  it.each(all)('%s says which execution it is of, as Step Functions knows it and no input can', (_, task) => {
    expect(task.Parameters.Payload).toMatchObject({ 'image.$': '$.image', 'execution.$': '$$.Execution.Id' });
  });
  it.each(all)('%s has the same retriers, after the heartbeat’s own where it waits', (_, task) => {
    const retriers = waits(task) ? task.Retry.slice(1) : task.Retry;
    expect(retriers).toEqual(tasks().Cleanup!.Retry);
    if (waits(task)) {
      expect(task.Retry[0]).toMatchObject({
        ErrorEquals: ['States.HeartbeatTimeout', 'States.Timeout'],
        BackoffRate: 1,
      });
      expect(task.Retry[0]!.MaxAttempts).toBeGreaterThanOrEqual(1000);
    }
  });
});

describe('the retriers', () => {
  const retriers = tasks().Cleanup!.Retry;
  const named = retriers.flatMap(({ ErrorEquals }) => ErrorEquals);
  it('name our retryable errors and no other of ours', () => {
    const ours = named.filter((name) => (errorNames as string[]).includes(name));
    expect(ours.sort()).toEqual([...quickest, 'CapacityError'].sort());
  });
  it('name no error twice, since the first match wins, and never States.ALL', () => {
    expect(new Set(named).size).toBe(named.length);
    expect(definitionText.match(/"Retry": \[[^\]]*States\.ALL/)).toBeNull();
  });
  it('name only errors of ours, of Lambda and of its sandbox', () => {
    const foreign = named.filter((name) => !(errorNames as string[]).includes(name));
    for (const name of foreign) expect(name).toMatch(/^(Lambda|Sandbox|Runtime)\./);
  });
});
