// The default VPC that every account has in every region, and its three subnets. Instances use the host's network all the same.
import { AwsError, type Input, type Operation } from '../service.ts';
import { filtered } from './filter.ts';
import { fixedId } from './identifier.ts';
import { list, page } from './input.ts';
import type { Scope } from './records.ts';

const zones = ['a', 'b', 'c'];

export type Subnet = { subnetId: string; vpcId: string; zone: string; cidrBlock: string };

export function defaultVpc({ accountId, region }: Scope): string {
  return fixedId('vpc', accountId, region);
}

export function subnets(scope: Scope): Subnet[] {
  return zones.map((letter, index) => ({
    subnetId: fixedId('subnet', scope.accountId, scope.region, letter),
    vpcId: defaultVpc(scope),
    zone: `${scope.region}${letter}`,
    cidrBlock: `172.31.${index * 16}.0/20`,
  }));
}

export function findSubnet(scope: Scope, subnetId: string): Subnet {
  const found = subnets(scope).find((subnet) => subnet.subnetId === subnetId);
  if (found) return found;
  throw new AwsError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
}

export function defaultGroup(scope: Scope): { groupId: string; groupName: string } {
  return { groupId: fixedId('sg', scope.accountId, scope.region), groupName: 'default' };
}

/** Those asked for by id, each of which must exist. */
function byId<Thing>(all: Thing[], input: Input, name: string, idOf: (thing: Thing) => string, code: string): Thing[] {
  const ids = list(input, name);
  const missing = ids.find((id) => !all.some((thing) => idOf(thing) === id));
  if (missing) throw new AwsError(code, `The ${name.replace(/Id$/, ' ID')} '${missing}' does not exist`);
  return ids.length === 0 ? all : all.filter((thing) => ids.includes(idOf(thing)));
}

export const networkOperations: Record<string, Operation> = {
  DescribeVpcs(input, caller) {
    const all = [
      {
        vpcId: defaultVpc(caller),
        ownerId: caller.accountId,
        state: 'available',
        cidrBlock: '172.31.0.0/16',
        isDefault: true,
      },
    ];
    const found = byId(all, input, 'VpcId', (vpc) => vpc.vpcId, 'InvalidVpcID.NotFound');
    const values = {
      'is-default': () => ['true'],
      isDefault: () => ['true'],
      'vpc-id': (vpc: (typeof all)[0]) => [vpc.vpcId],
      state: () => ['available'],
    };
    return { vpcSet: filtered(found, input, values, () => ({})) };
  },
  DescribeSubnets(input, caller) {
    const all = subnets(caller).map(({ zone, ...subnet }) => ({
      ...subnet,
      availabilityZone: zone,
      ownerId: caller.accountId,
      state: 'available',
      defaultForAz: true,
      mapPublicIpOnLaunch: true,
      availableIpAddressCount: 4091,
    }));
    const found = byId(all, input, 'SubnetId', (subnet) => subnet.subnetId, 'InvalidSubnetID.NotFound');
    const { items, nextToken } = page(
      filtered(
        found,
        input,
        {
          'subnet-id': (subnet) => [subnet.subnetId],
          'vpc-id': (subnet) => [subnet.vpcId],
          'availability-zone': (subnet) => [subnet.availabilityZone],
          'default-for-az': () => ['true'],
          state: () => ['available'],
        },
        () => ({}),
      ),
      input,
    );
    return { subnetSet: items, nextToken };
  },
  /** The main table of the default VPC leads out by its internet gateway (VPC user guide, default VPCs). */
  DescribeRouteTables(input, caller) {
    const vpcId = defaultVpc(caller);
    const routeTableId = fixedId('rtb', caller.accountId, caller.region);
    const all = [
      {
        ...{ routeTableId, vpcId, ownerId: caller.accountId },
        associationSet: [{ main: true, routeTableId, routeTableAssociationId: fixedId('rtbassoc', routeTableId) }],
        routeSet: [
          { destinationCidrBlock: '172.31.0.0/16', gatewayId: 'local', state: 'active', origin: 'CreateRouteTable' },
          {
            ...{ destinationCidrBlock: '0.0.0.0/0', state: 'active', origin: 'CreateRoute' },
            gatewayId: fixedId('igw', caller.accountId, caller.region),
          },
        ],
      },
    ];
    return { routeTableSet: filtered(all, input, { 'vpc-id': (table) => [table.vpcId] }, () => ({})) };
  },
};
