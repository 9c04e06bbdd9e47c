// StopInstances, StartInstances, TerminateInstances and RebootInstances: all of the named instances or, at an error, none.
import { AwsError, type Caller, type Input, type Operation } from '../service.ts';
import { findInstances } from './describe-instances.ts';
import { list } from './input.ts';
import { stateView } from './instance-view.ts';
import type { Life } from './life.ts';
import type { InstanceRecord, InstanceState } from './records.ts';
import type { Ec2 } from './room.ts';

export function powerOperations(ec2: Ec2, life: Life): Record<string, Operation> {
  function named(input: Input, caller: Caller): InstanceRecord[] {
    const ids = list(input, 'InstanceId');
    if (ids.length === 0) throw new AwsError('MissingParameter', 'The request must contain the parameter InstanceId');
    return findInstances(ec2, caller, ids);
  }
  /** `from` are the states that the change applies to; in `already` it answers and does nothing. */
  function change(
    verb: string,
    from: InstanceState[],
    already: InstanceState[],
    act: (instance: InstanceRecord) => void,
  ): Operation {
    return (input, caller) => {
      const instances = named(input, caller);
      const wrong = instances.find(({ state }) => !from.includes(state) && !already.includes(state));
      if (wrong) {
        throw new AwsError(
          'IncorrectInstanceState',
          `The instance '${wrong.instanceId}' is not in a state from which it can be ${verb} (it is ${wrong.state}).`,
        );
      }
      return {
        instancesSet: instances.map((instance) => {
          const previousState = stateView(instance.state);
          if (from.includes(instance.state)) act(instance);
          return { instanceId: instance.instanceId, previousState, currentState: stateView(instance.state) };
        }),
      };
    };
  }
  return {
    StopInstances: change('stopped', ['running'], ['stopping', 'stopped'], (instance) => life.stop(instance)),
    StartInstances: change('started', ['stopped'], ['pending', 'running'], (instance) => life.start(instance)),
    TerminateInstances: change(
      'terminated',
      ['pending', 'running', 'stopping', 'stopped'],
      ['shutting-down', 'terminated'],
      (instance) => life.terminate(instance),
    ),
    RebootInstances(input, caller) {
      const instances = named(input, caller);
      const wrong = instances.find((instance) => instance.state !== 'running');
      if (wrong) {
        throw new AwsError(
          'IncorrectState',
          `The instance '${wrong.instanceId}' is not in the 'running' state (it is ${wrong.state}).`,
        );
      }
      // The answer does not wait, and a failure shows in the instance's state.
      for (const instance of instances) life.reboot(instance).catch(() => {});
      return { return: true };
    },
  };
}
