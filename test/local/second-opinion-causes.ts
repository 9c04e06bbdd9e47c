// Where moto 5.2.1 and our local cloud answer the same call differently, and why; docs/second-opinions.md tells it to people.

export type Cause = {
  /** Matches `<service> <operation>: <who> <what>`. */
  at: RegExp;
  /** Who answers as AWS's documentation says; `both` where one merely tells less. */
  right: 'ours' | 'moto' | 'both';
  cause: string;
};

const lessOfUs = 'The local cloud does not model this, and leaves it out rather than inventing it.';

export const causes: Cause[] = [
  // What moto tells and we do not.
  {
    at: /^ec2 describe_vpcs: moto Vpcs\[\]\.(CidrBlockAssociationSet|DhcpOptionsId|InstanceTenancy)/,
    right: 'both',
    cause: lessOfUs,
  },
  {
    at: /^ec2 describe_subnets: moto Subnets\[\]\.(AssignIpv6|AvailabilityZoneId|Ipv6Native|PrivateDnsNameOptions|SubnetArn)/,
    ...{ right: 'both', cause: lessOfUs },
  },
  { at: /^ec2 describe_security_groups: moto SecurityGroups\[\]\.IpPermissionsEgress/, right: 'both', cause: lessOfUs },
  { at: /^ec2 describe_instance_types: moto InstanceTypes\[\]\./, right: 'both', cause: lessOfUs },
  { at: /^ec2 describe_images: moto Images\[\]\.BootMode/, right: 'both', cause: lessOfUs },
  {
    at: /^ec2 (run|describe)_instances: moto (Reservations\[\]\.)?Instances\[\]\.(NetworkInterfaces\[\]|PrivateIpAddress|PublicIpAddress|SourceDestCheck|SriovNetSupport)/,
    ...{ right: 'both', cause: "Instances use the host's network: they have no addresses of their own." },
  },
  {
    at: /^ec2 (run|describe)_instances: moto (Reservations\[\]\.)?Instances\[\]\.StateReason/,
    ...{ right: 'both', cause: 'We give a reason once there is one: for an instance that stopped or ended.' },
  },
  { at: /^ec2 describe_instance_status: moto .*\.Details\[\]/, right: 'both', cause: lessOfUs },
  {
    at: /^dynamodb \w+: moto \w+\.(DeletionProtectionEnabled|WarmThroughput)/,
    right: 'both',
    cause: 'dynalite 4.0.0, which keeps our tables, is older than these fields.',
  },
  { at: /^sns get_topic_attributes: moto Attributes\./, right: 'both', cause: lessOfUs },
  { at: /^events describe_rule: moto CreatedBy/, right: 'both', cause: lessOfUs },
  // What we tell and moto does not: fields of the API model.
  {
    at: /^ec2 describe_images: ours Images\[\]\.(BlockDeviceMappings\[\]\.Ebs\.Encrypted|DeregistrationProtection|EnaSupport|Hypervisor|ImageAllowed|ImageLocation|PlatformDetails|SourceImageId|SourceImageRegion|SriovNetSupport|UsageOperation)/,
    ...{ right: 'ours', cause: 'Fields of the API model that moto leaves out.' },
  },
  {
    at: /^ec2 (run|describe)_instances: ours (Reservations\[\]\.)?Instances\[\]\.(EnaSupport|PlatformDetails|UsageOperation)/,
    ...{ right: 'ours', cause: 'Fields of the API model that moto leaves out.' },
  },
  {
    at: /^(ec2 describe_key_pairs: ours KeyPairs\[\]\.KeyType|ec2 authorize_security_group_ingress: ours .*GroupOwnerId|ec2 describe_volumes: ours .*(DeleteOnTermination|MultiAttachEnabled)|ec2 describe_snapshots: ours .*StorageTier|ssm describe_parameters: ours .*ARN|ec2 delete_security_group: ours (GroupId|Return)|dynamodb \w+: ours \w+\.(TableId|BillingModeSummary\.LastUpdate))/,
    ...{ right: 'ours', cause: 'Fields of the API model that moto leaves out.' },
  },
  {
    at: /^dynamodb update_item: moto ConsumedCapacity/,
    ...{
      right: 'ours',
      cause: 'moto answers ConsumedCapacity unasked; the API does so only where ReturnConsumedCapacity asks for it.',
    },
  },
  // Errors.
  {
    at: /^ec2 run_instances: (moto an answer|ours error (InvalidAMIID\.NotFound|InvalidKeyPair\.NotFound|InvalidParameterValue))/,
    ...{
      right: 'ours',
      cause: 'moto launches from images and with key pairs that are not there, and with MinCount over MaxCount.',
    },
  },
  {
    at: /^ec2 describe_instances: (moto error InvalidInstanceID\.NotFound|ours error InvalidInstanceID\.Malformed)/,
    ...{ right: 'ours', cause: 'moto does not look at the form of an id.' },
  },
  {
    at: /^ec2 delete_security_group: (moto|ours) (an answer|error (DependencyViolation|InvalidGroup\.NotFound))/,
    ...{
      right: 'ours',
      cause: 'moto deletes a group that a running instance uses; the second, rightful deletion then does not find it.',
    },
  },
  {
    at: /^ec2 create_tags: (moto an answer|ours error (InvalidInstanceID\.NotFound|InvalidParameterValue))/,
    ...{ right: 'ours', cause: 'moto tags instances that are not there, and takes keys that begin with aws:.' },
  },
  {
    at: /^ec2 create_image: (moto (an answer|error no answer but a fault of the server)|ours (an answer|error InvalidAMIName\.(Malformed|Duplicate)))/,
    ...{
      right: 'ours',
      cause: 'moto takes any name, twice over, and fails with a 500 where image and snapshots are tagged in the call.',
    },
  },
  {
    at: /^ec2 enable_image_deprecation: (moto error no answer but a fault of the server|ours an answer)/,
    ...{ right: 'ours', cause: 'moto has no such operation, and fails with a 500.' },
  },
  {
    at: /^ssm get_command_invocation: (moto error InvalidCommandId|ours error InvocationDoesNotExist)/,
    ...{
      right: 'ours',
      cause:
        'InvalidCommandId is for an id that is none; of an unknown one the API says InvocationDoesNotExist, for which its own waiter waits.',
    },
  },
];
