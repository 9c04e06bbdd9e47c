// DescribeInstanceInformation: the instances whose agents have registered, those that lost their connection included.
import { AwsError, type Caller, type Input } from '../service.ts';
import { page } from './page.ts';
import type { SystemsManager } from './room.ts';

export function describeInstanceInformation(manager: SystemsManager, input: Input, caller: Caller): unknown {
  const filters = [
    ...(input.Filters ?? []).map((filter: Input) => ({ key: filter.Key, values: filter.Values })),
    ...(input.InstanceInformationFilterList ?? []).map((filter: Input) => ({
      key: filter.key,
      values: filter.valueSet,
    })),
  ] as { key: string; values: string[] }[];
  const registered = manager.instances
    .list(caller)
    .filter(({ state, lastPing }) => lastPing !== undefined && state !== 'shutting-down' && state !== 'terminated');
  const all = registered.map(({ instanceId, online, lastPing = 0, platform }) => ({
    InstanceId: instanceId,
    PingStatus: online ? 'Online' : 'ConnectionLost',
    LastPingDateTime: new Date(lastPing),
    AgentVersion: '3.3.0.0',
    IsLatestVersion: true,
    PlatformType: 'Linux',
    PlatformName: platform.name,
    PlatformVersion: platform.version,
    ResourceType: 'EC2Instance',
    ComputerName: instanceId,
  }));
  const keys: Record<string, (information: (typeof all)[0]) => string> = {
    InstanceIds: (information) => information.InstanceId,
    PingStatus: (information) => information.PingStatus,
    PlatformTypes: (information) => information.PlatformType,
    ResourceType: (information) => information.ResourceType,
  };
  const found = all.filter((information) =>
    filters.every(({ key, values }) => {
      const value = keys[key];
      if (!value)
        throw new AwsError(
          'InvalidInstanceInformationFilterValue',
          `The local cloud does not know the filter ${key}: ${Object.keys(keys).join(', ')}`,
        );
      return values.includes(value(information));
    }),
  );
  const { items, token } = page(found, input, 10);
  return { InstanceInformationList: items, ...token };
}
