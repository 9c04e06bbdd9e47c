// Can the agent of a builder reach Systems Manager: its instance profile, and the way out of its subnets.
import type { EC2Client, RouteTable, Subnet } from '@aws-sdk/client-ec2';
import { attempt } from '../aws/attempt.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import type { Patient } from './patient.ts';
import { unlessMissing } from './stack-checks.ts';

type Said = Omit<Finding, 'check'>[];
type Ec2 = typeof import('@aws-sdk/client-ec2');

export async function checkInstanceProfile({ connection, outputs, stage }: Patient): Promise<Said> {
  const InstanceProfileName = outputs.get('InstanceProfileName') ?? '';
  const { IAMClient, GetInstanceProfileCommand } = await import('@aws-sdk/client-iam');
  const client = new IAMClient(connection);
  try {
    const answer = await attempt(`look at the instance profile ${InstanceProfileName}`, () =>
      unlessMissing(() => client.send(new GetInstanceProfileCommand({ InstanceProfileName }))),
    );
    const deploy = `Deploy the stack again: npx sls deploy --stage ${stage}`;
    if (!answer) return [fail(`The instance profile ${InstanceProfileName} is gone.`, deploy)];
    const roles = answer.InstanceProfile?.Roles ?? [];
    if (roles.length === 0) return [fail(`The instance profile ${InstanceProfileName} has no role.`, deploy)];
    return [ok(`Instance profile ${InstanceProfileName} has the role ${roles[0]!.RoleName}.`)];
  } finally {
    client.destroy();
  }
}

/** Commands come by ssmmessages, and by ec2messages where that may not be used (Systems Manager user guide, message API operations). */
const wanted = ['ssm', 'ssmmessages', 'ec2messages'];

/** `subnetIds`: those that pipelines name; the default VPC's when empty. */
export async function checkNetwork({ connection, region }: Patient, subnetIds: string[]): Promise<Said> {
  const ec2 = await import('@aws-sdk/client-ec2');
  const client = new ec2.EC2Client(connection);
  try {
    return await attempt(`look at the network of ${region}`, async () => {
      const subnets = await subnetsOf(ec2, client, subnetIds);
      if (!subnets)
        return [
          fail(`A subnet of ${subnetIds.join(', ')} is not there.`, 'Correct subnetIds of the pipeline, or --subnets.'),
        ];
      if (subnets.length === 0)
        return [
          warn(
            `There is no default VPC with subnets in ${region}: only pipelines that name subnetIds can be built.`,
            'Name them here too, to have them checked: --subnets subnet-…',
          ),
        ];
      const said: Said = [];
      for (const subnet of subnets) said.push(await checkSubnet(ec2, client, subnet, region));
      return said;
    });
  } finally {
    client.destroy();
  }
}

/** Undefined where one that is named is not there. */
async function subnetsOf(ec2: Ec2, client: EC2Client, ids: string[]): Promise<Subnet[] | undefined> {
  const request = ids.length > 0 ? { SubnetIds: ids } : { Filters: [{ Name: 'default-for-az', Values: ['true'] }] };
  return (await unlessMissing(() => client.send(new ec2.DescribeSubnetsCommand(request))))?.Subnets;
}

async function checkSubnet(
  ec2: Ec2,
  client: EC2Client,
  subnet: Subnet,
  region: string,
): Promise<Omit<Finding, 'check'>> {
  const { SubnetId = '', VpcId = '', MapPublicIpOnLaunch } = subnet;
  const tables = await client.send(
    new ec2.DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  const way = wayOut(tables.RouteTables ?? [], SubnetId);
  if (way?.startsWith('igw-') && MapPublicIpOnLaunch)
    return ok(`${SubnetId} reaches the internet by ${way}, with public addresses.`);
  if (way && !way.startsWith('igw-')) return ok(`${SubnetId} reaches the internet by ${way}.`);
  const { VpcEndpoints = [] } = await client.send(
    new ec2.DescribeVpcEndpointsCommand({ Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }),
  );
  const there = VpcEndpoints.filter(({ State }) => State?.toLowerCase() === 'available');
  const missing = wanted.filter(
    (name) => !there.some(({ ServiceName }) => ServiceName?.endsWith(`.${region}.${name}`)),
  );
  if (missing.length === 0) return ok(`${SubnetId} reaches Systems Manager by the endpoints of ${VpcId}.`);
  if (missing.every((name) => name === 'ec2messages'))
    return warn(`${VpcId} has no endpoint for ec2messages.`, 'An agent that may not use ssmmessages needs it.');
  const why = way ? 'gives its instances no public address' : 'has no route to the internet';
  return fail(
    `${SubnetId} ${why}, and ${VpcId} lacks the endpoints ${missing.join(', ')}: no agent answers from there.`,
    'Add a NAT gateway, or interface endpoints for ssm, ssmmessages, ec2messages and logs (docs/deploy.md, Networks).',
  );
}

/** Target of the default route of a subnet: its own table's, else the VPC's main one's (VPC user guide, route tables). */
function wayOut(tables: RouteTable[], subnetId: string): string | undefined {
  const own = tables.find(({ Associations = [] }) => Associations.some((one) => one.SubnetId === subnetId));
  const main = tables.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));
  const route = (own ?? main)?.Routes?.find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State === 'active',
  );
  const { NatGatewayId, TransitGatewayId, NetworkInterfaceId, InstanceId, GatewayId } = route ?? {};
  return NatGatewayId ?? TransitGatewayId ?? NetworkInterfaceId ?? InstanceId ?? GatewayId;
}
