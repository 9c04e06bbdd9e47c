// What no role of the stack may do: each is tried in the name of every role.
import type { ResourceFacts } from '../../../local/ec2/facts.ts';
import { type Facts, type Need, type NeedContext, need } from '../../../local/iam/need.ts';
import { needsTable } from '../../../local/iam/operations/table.ts';
import type { Input } from '../../../local/service.ts';
import type { ResolvedStack } from '../../../local/template/stack.ts';

export type Act = {
  what: string;
  region: string;
  needs: Need[];
  /** The one role that may. */
  except?: string;
};

const account = '000000000000';
/** One that the stack is deployed for. */
export const targetAccount = '111122223333';
const stackTag = 'serverless-image-builder:stack';
const publishedTag = 'serverless-image-builder:published';
const home = 'us-east-1';
const beyond = 'us-west-2';

/** `beyond` is a region that the stack is not deployed for. */
export function forbiddenActs(stack: ResolvedStack): Act[] {
  const named = (logicalId: string) => stack.resources.find((resource) => resource.logicalId === logicalId)!;
  const tags = (value: string) => ({ [stackTag]: value });
  const otherStack = `arn:aws:cloudformation:${home}:${account}:stack/serverless-image-builder-other/0`;
  const owners: Record<string, Partial<ResourceFacts>> = {
    our: { tags: tags(stack.stackId) },
    published: { tags: { ...tags(stack.stackId), [publishedTag]: 'true' } },
    untagged: { tags: {} },
    consenting: { tags: { 'serverless-image-builder:published-by': 'serverless-image-builder-local' } },
    "another stack's": { tags: tags(otherStack) },
    "another account's": { accountId: '999999999999', tags: tags(stack.stackId), public: true },
  };
  const find: Facts['find'] = (id) => {
    const [, owner = ''] = id.split('-');
    const facts = owners[owner];
    const snapshots = id.startsWith('ami-') ? [`snap-${owner}`] : [];
    return facts && { accountId: account, region: home, tags: {}, snapshots, ...facts };
  };
  const table = named('Table');
  const facts: Facts = {
    find,
    roleOf: (profile) => (profile.endsWith(named('InstanceProfile').name) ? named('InstanceRole').arn : undefined),
    hashKeyOf: (arn) => (arn.includes('/index/') ? 'type' : 'pk'),
  };
  const caller = (region: string) => ({ accountId: account, region, accessKeyId: '', principalArn: '' });
  const call = (what: string, service: string, operation: string, input: Input, region = home): Act => ({
    ...{ what, region },
    needs: needsTable[service]![operation]!(input, caller(region), facts),
  });
  const direct = (what: string, action: string, resource: string, context: NeedContext = {}): Act => ({
    ...{ what, region: home },
    needs: [need(action, resource, context)],
  });

  const specification = (types: string[], value: string) => ({
    TagSpecification: types.map((ResourceType) => ({ ResourceType, Tag: [{ Key: stackTag, Value: value }] })),
  });
  const launched = ['instance', 'volume', 'network-interface'];
  const made = ['image', 'snapshot'];
  const profile = { IamInstanceProfile: { Name: named('InstanceProfile').name } };
  const launch = { ImageId: "ami-another account's", InstanceType: 'm5.large', ...profile };
  const copy = { SourceImageId: 'ami-our', SourceRegion: home, Name: 'copy' };
  const foreign = Object.keys(owners).filter((owner) => !['our', 'published', 'consenting'].includes(owner));
  const ownTopic = named('ImageTopic').arn!;
  const elsewhere = (arn: string) => arn.replace('serverless-image-builder-local', 'serverless-image-builder-other');
  const bus = named('EventBus').arn!;
  const machine = named('BuildImageStateMachine').arn!;
  const queueUrl = (name: string) => `https://sqs.${home}.amazonaws.com/${account}/${name}`;
  const key = `arn:aws:kms:${home}:${account}:key/1`;
  const item = { TableName: table.name };
  const keyed = (pk: string) => ({ Key: { pk: { S: pk } }, Item: { pk: { S: pk } } });
  const query = (pk: string) => ({
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: pk } },
  });
  const otherImage = `arn:aws:imagebuilder:${home}:999999999999:image/a/1.0.0/1`;

  return [
    ...['TerminateInstances', 'StopInstances', 'StartInstances', 'RebootInstances'].flatMap((operation) =>
      foreign
        .slice(0, 2)
        .map((owner) => call(`${operation} of ${owner} instance`, 'ec2', operation, { InstanceId: [`i-${owner}`] })),
    ),
    ...foreign.flatMap((owner) => [
      call(`copy ${owner} image`, 'ec2', 'CopyImage', {
        ...copy,
        SourceImageId: `ami-${owner}`,
        ...specification(made, otherStack),
      }),
      ...[home, 'eu-west-1'].flatMap((region) => [
        call(`deregister ${owner} image in ${region}`, 'ec2', 'DeregisterImage', { ImageId: `ami-${owner}` }, region),
        call(`share ${owner} image in ${region}`, 'ec2', 'ModifyImageAttribute', { ImageId: `ami-${owner}` }, region),
        call(
          `delete ${owner} snapshot in ${region}`,
          'ec2',
          'DeleteSnapshot',
          { SnapshotId: [`snap-${owner}`] },
          region,
        ),
      ]),
      call(`deprecate ${owner} image`, 'ec2', 'EnableImageDeprecation', { ImageId: `ami-${owner}` }),
      call(`disable ${owner} image`, 'ec2', 'DisableImage', { ImageId: `ami-${owner}` }),
      call(`enable ${owner} image`, 'ec2', 'EnableImage', { ImageId: `ami-${owner}` }),
      call(`undeprecate ${owner} image`, 'ec2', 'DisableImageDeprecation', { ImageId: `ami-${owner}` }),
    ]),
    call(
      "copy another account's image under our tag",
      'ec2',
      'CopyImage',
      {
        ...copy,
        SourceImageId: "ami-another account's",
        ...specification(made, stack.stackId),
      },
      'eu-west-1',
    ),
    call('copy without tags', 'ec2', 'CopyImage', copy, 'eu-west-1'),
    call(
      "copy under another stack's tag",
      'ec2',
      'CopyImage',
      { ...copy, ...specification(made, otherStack) },
      'eu-west-1',
    ),
    call('copy to another region', 'ec2', 'CopyImage', { ...copy, ...specification(made, stack.stackId) }, beyond),
    call('deregister in another region', 'ec2', 'DeregisterImage', { ImageId: 'ami-our' }, beyond),
    call('disable in another region', 'ec2', 'DisableImage', { ImageId: 'ami-our' }, beyond),
    call('share in another region', 'ec2', 'ModifyImageAttribute', { ImageId: 'ami-our' }, beyond),
    call('delete a snapshot in another region', 'ec2', 'DeleteSnapshot', { SnapshotId: ['snap-our'] }, beyond),
    call('terminate in another region', 'ec2', 'TerminateInstances', { InstanceId: ['i-our'] }, beyond),
    ...[home, 'eu-west-1'].flatMap((region) => [
      {
        ...call(
          `deregister a published image in ${region}`,
          ...(['ec2', 'DeregisterImage', { ImageId: 'ami-published' }, region] as const),
        ),
        except: named('ApplyLifecycleRole').arn!,
      },
      {
        ...call(
          `delete the snapshot of a published image in ${region}`,
          ...(['ec2', 'DeleteSnapshot', { SnapshotId: ['snap-published'] }, region] as const),
        ),
        except: named('ApplyLifecycleRole').arn!,
      },
    ]),
    ...['PutParameter', 'DeleteParameter'].flatMap((operation) => [
      call(`${operation} beside channels`, 'ssm', operation, { Name: '/image/web' }),
      call(`${operation} of a channel in another region`, 'ssm', operation, { Name: '/images/web/prod' }, beyond),
      call(`${operation} of a channel of another account`, 'ssm', operation, {
        Name: `arn:aws:ssm:${home}:999999999999:parameter/images/web/prod`,
      }),
    ]),
    call('launch without tags', 'ec2', 'RunInstances', launch),
    call("launch under another stack's tag", 'ec2', 'RunInstances', {
      ...launch,
      ...specification(launched, otherStack),
    }),
    call('launch with only the instance tagged', 'ec2', 'RunInstances', {
      ...launch,
      ...specification(['instance'], stack.stackId),
    }),
    call(
      'launch in another region',
      'ec2',
      'RunInstances',
      { ...launch, ...specification(launched, stack.stackId) },
      beyond,
    ),
    call('launch with another instance profile', 'ec2', 'RunInstances', {
      ...{ ...launch, ...specification(launched, stack.stackId) },
      IamInstanceProfile: { Name: 'admin' },
    }),
    ...foreign.slice(0, 2).map((owner) =>
      call(`make an image of ${owner} instance`, 'ec2', 'CreateImage', {
        InstanceId: `i-${owner}`,
        ...specification(made, stack.stackId),
      }),
    ),
    call('make an image without tags', 'ec2', 'CreateImage', { InstanceId: 'i-our' }),
    call("make an image under another stack's tag", 'ec2', 'CreateImage', {
      InstanceId: 'i-our',
      ...specification(made, otherStack),
    }),
    ...['ami', 'snap'].flatMap((prefix) => [
      ...foreign.map((owner) =>
        call(`mark ${owner} ${prefix} as published`, 'ec2', 'CreateTags', {
          ResourceId: [`${prefix}-${owner}`],
          Tag: [{ Key: publishedTag, Value: 'true' }],
        }),
      ),
      call(
        `mark our ${prefix} as published in another region`,
        'ec2',
        'CreateTags',
        { ResourceId: [`${prefix}-our`], Tag: [{ Key: publishedTag, Value: 'true' }] },
        beyond,
      ),
      ...[['Name'], [publishedTag, stackTag]].map((keys) =>
        call(`tag our ${prefix} with ${keys.join(' and ')}`, 'ec2', 'CreateTags', {
          ResourceId: [`${prefix}-our`],
          Tag: keys.map((Key) => ({ Key, Value: 'true' })),
        }),
      ),
      call(`unmark a published ${prefix}`, 'ec2', 'DeleteTags', {
        ResourceId: [`${prefix}-published`],
        Tag: [{ Key: publishedTag }],
      }),
    ]),
    call('mark our instance as published', 'ec2', 'CreateTags', {
      ResourceId: ['i-our'],
      Tag: [{ Key: publishedTag, Value: 'true' }],
    }),
    ...['i', 'ami', 'snap'].flatMap((prefix) => [
      call(`take an untagged ${prefix} for ours`, 'ec2', 'CreateTags', {
        ResourceId: [`${prefix}-untagged`],
        Tag: [{ Key: stackTag, Value: stack.stackId }],
      }),
      call(`give our ${prefix} away`, 'ec2', 'DeleteTags', { ResourceId: [`${prefix}-our`], Tag: [{ Key: stackTag }] }),
    ]),
    ...[...foreign, 'published'].flatMap((owner) =>
      ['ami', 'snap'].map((prefix) =>
        call(`take ${owner} ${prefix} over for an image of ours`, 'ec2', 'CreateTags', {
          ResourceId: [`${prefix}-${owner}`],
          Tag: [{ Key: 'serverless-image-builder:image', Value: 'ours' }],
        }),
      ),
    ),
    direct('pass the instance role to Lambda', 'iam:PassRole', named('InstanceRole').arn!, {
      'iam:PassedToService': 'lambda.amazonaws.com',
    }),
    ...['lambda', 'ec2', 'states', 'scheduler'].map((service) =>
      direct(`pass another role to ${service}`, 'iam:PassRole', `arn:aws:iam::${account}:role/admin`, {
        'iam:PassedToService': `${service}.amazonaws.com`,
      }),
    ),
    direct('pass the role of schedules to Lambda', 'iam:PassRole', named('ScheduleRole').arn!, {
      'iam:PassedToService': 'lambda.amazonaws.com',
    }),
    direct('pass the role of a function', 'iam:PassRole', named('CleanupRole').arn!, {
      'iam:PassedToService': 'ec2.amazonaws.com',
    }),
    ...['iam:CreateAccessKey', 'iam:PutRolePolicy', 'iam:CreateUser', 'iam:AttachRolePolicy'].map((action) =>
      direct(action, action, `arn:aws:iam::${account}:role/admin`),
    ),
    ...['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom'].map((action) =>
      direct(`${action} by itself`, action, key),
    ),
    ...['DescribeKey', 'GetKeyPolicy', 'ListGrants'].map((action) => ({
      ...direct(`look at a key by itself with ${action}`, `kms:${action}`, key),
      except: named('CheckDistributionRole').arn!,
    })),
    direct("read the policy of another account's key", 'kms:GetKeyPolicy', key.replace(account, targetAccount)),
    direct('change the policy of a key', 'kms:PutKeyPolicy', key),
    direct('list a bucket', 's3:ListBucket', 'arn:aws:s3:::anybody'),
    direct('look at any role', 'iam:GetRole', `arn:aws:iam::${account}:role/admin`),
    direct('a grant by itself', 'kms:CreateGrant', key, { 'kms:GrantIsForAWSResource': 'true' }),
    direct('a grant for others', 'kms:CreateGrant', key, { 'kms:ViaService': `ec2.${home}.amazonaws.com` }),
    direct('schedule the deletion of a key', 'kms:ScheduleKeyDeletion', key),

    ...foreign.slice(0, 2).map((owner) =>
      call(`run a command on ${owner} instance`, 'ssm', 'SendCommand', {
        DocumentName: 'AWS-RunShellScript',
        InstanceIds: [`i-${owner}`],
      }),
    ),
    call('run another document', 'ssm', 'SendCommand', { DocumentName: 'AWS-RunRemoteScript', InstanceIds: ['i-our'] }),
    call('read a parameter', 'ssm', 'GetParameter', { Name: '/other-pipeline/password' }),
    call('read a parameter in another region', 'ssm', 'GetParameter', { Name: '/other/a' }, beyond),
    call('read parameters', 'ssm', 'GetParameters', { Names: ['/other-pipeline/password'] }),
    call('read every parameter', 'ssm', 'GetParametersByPath', { Path: '/' }),
    call('write a parameter outside the published ones', 'ssm', 'PutParameter', { Name: '/other/a', Value: 'ami-1' }),
    call('overwrite a parameter', 'ssm', 'PutParameter', { Name: '/other', Value: 'x', Overwrite: true }),
    call('delete a parameter outside the published ones', 'ssm', 'DeleteParameter', { Name: '/other/a' }),
    direct(
      'read a secret',
      'secretsmanager:GetSecretValue',
      `arn:aws:secretsmanager:${home}:${account}:secret:other-1`,
    ),
    direct('read a bucket', 's3:GetObject', 'arn:aws:s3:::other/key'),
    direct('write a bucket', 's3:PutObject', 'arn:aws:s3:::other/key'),
    direct('delete an object outside the exports', 's3:DeleteObject', 'arn:aws:s3:::other/key'),
    ...['CreateLaunchTemplateVersion', 'ModifyLaunchTemplate', 'DeleteLaunchTemplateVersions'].flatMap((operation) =>
      ['our', 'untagged', "another stack's"].map((owner) =>
        call(`${operation} of ${owner} template without consent`, 'ec2', operation, {
          LaunchTemplateId: `lt-${owner}`,
        }),
      ),
    ),
    call('delete a launch template', 'ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: 'lt-consenting' }),
    ...foreign.flatMap((owner) => [
      call(`protect ${owner} image`, 'ec2', 'EnableImageDeregistrationProtection', { ImageId: `ami-${owner}` }),
      call(`cancel ${owner} export`, 'ec2', 'CancelExportTask', { ExportTaskId: `export-${owner}` }),
      call(`export ${owner} image`, 'ec2', 'ExportImage', {
        ImageId: `ami-${owner}`,
        ...specification(['export-image-task'], stack.stackId),
      }),
    ]),
    call('deprecate in another region', 'ec2', 'EnableImageDeprecation', { ImageId: 'ami-our' }, beyond),
    call('export without tags', 'ec2', 'ExportImage', { ImageId: 'ami-our' }),
    call('export with another role', 'ec2', 'ExportImage', {
      ...{ ImageId: 'ami-our', RoleName: 'admin' },
      ...specification(['export-image-task'], stack.stackId),
    }),
    call(
      'export from another region',
      'ec2',
      'ExportImage',
      { ImageId: 'ami-our', ...specification(['export-image-task'], stack.stackId) },
      beyond,
    ),
    direct('pass the role of exports to EC2', 'iam:PassRole', `arn:aws:iam::${account}:role/vmimport`, {
      'iam:PassedToService': 'ec2.amazonaws.com',
    }),
    direct(
      'tag an export task afterwards',
      'ec2:CreateTags',
      `arn:aws:ec2:${home}:${account}:export-image-task/export-1`,
    ),

    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].flatMap((operation) => [
      call(`${operation} of another kind`, 'dynamodb', operation, { ...item, ...keyed('other#a') }),
      call(`${operation} of another account's image`, 'dynamodb', operation, { ...item, ...keyed(otherImage) }),
      call(`${operation} of another stack's table`, 'dynamodb', operation, {
        TableName: 'other',
        ...keyed('wait#i-1'),
      }),
    ]),
    call('query another kind', 'dynamodb', 'Query', { ...item, ...query('other#a') }),
    call("query another stack's table", 'dynamodb', 'Query', { TableName: 'other', ...query('wait#i-1') }),
    call('query another type by date', 'dynamodb', 'Query', {
      ...item,
      ...{ IndexName: 'listed-by-date', KeyConditionExpression: '#t = :t' },
      ...{ ExpressionAttributeNames: { '#t': 'type' }, ExpressionAttributeValues: { ':t': { S: 'OTHER' } } },
    }),
    call('scan the table', 'dynamodb', 'Scan', item),
    call('write many items', 'dynamodb', 'BatchWriteItem', {
      RequestItems: { [table.name]: [{ PutRequest: keyed('wait#i-1') }] },
    }),
    call('write items of a pipeline in a batch', 'dynamodb', 'BatchWriteItem', {
      RequestItems: { [table.name]: [{ PutRequest: keyed('pipeline#a') }] },
    }),
    call('read many items', 'dynamodb', 'BatchGetItem', {
      RequestItems: { [table.name]: { Keys: [keyed('wait#i-1').Key] } },
    }),
    call('delete the table', 'dynamodb', 'DeleteTable', item),
    call('change the table', 'dynamodb', 'UpdateTable', item),
    call('drop its time to live', 'dynamodb', 'UpdateTimeToLive', item),

    call('start another machine', 'states', 'StartExecution', { stateMachineArn: elsewhere(machine) }),
    call('stop an execution', 'states', 'StopExecution', {
      executionArn: `${machine.replace(':stateMachine:', ':execution:')}:a`,
    }),
    call('read an execution', 'states', 'GetExecutionHistory', {
      executionArn: `${machine.replace(':stateMachine:', ':execution:')}:a`,
    }),
    call('list executions', 'states', 'ListExecutions', { stateMachineArn: machine }),
    ...['default', elsewhere(bus)].map((EventBusName) =>
      call(`put events on ${EventBusName}`, 'events', 'PutEvents', {
        Entries: [{ EventBusName, Source: 'serverless-image-builder', DetailType: 'a' }],
      }),
    ),
    call('put events of another source', 'events', 'PutEvents', {
      Entries: [{ EventBusName: bus, Source: 'com.example', DetailType: 'a' }],
    }),
    ...['PutRule', 'DeleteRule', 'DisableRule'].map((operation) =>
      call(operation, 'events', operation, { Name: named('ExecutionEndedRule').name }),
    ),
    call('redirect a rule', 'events', 'PutTargets', { Rule: named('ExecutionEndedRule').name }),
    call('delete the bus', 'events', 'DeleteEventBus', { Name: named('EventBus').name }),
    call('tell another topic', 'sns', 'Publish', { TopicArn: `${ownTopic}-other` }),
    call('read the dead letters', 'sqs', 'ReceiveMessage', { QueueUrl: queueUrl(named('DeadLetterQueue').name) }),
    call('purge the dead letters', 'sqs', 'PurgeQueue', { QueueUrl: queueUrl(named('DeadLetterQueue').name) }),
    call('send to another queue', 'sqs', 'SendMessage', { QueueUrl: queueUrl('other') }),
    call('read component output', 'logs', 'GetLogEvents', {
      logGroupName: `/${stack.stackName}/other`,
      logStreamName: 'a',
    }),
    call('search logs', 'logs', 'FilterLogEvents', { logGroupName: `/${stack.stackName}/other` }),
    call('delete a log group', 'logs', 'DeleteLogGroup', { logGroupName: `/${stack.stackName}/other` }),
    call('keep logs for ever', 'logs', 'DeleteRetentionPolicy', { logGroupName: `/${stack.stackName}/other` }),
    ...['CreateLogGroup', 'CreateLogStream', 'PutLogEvents', 'PutRetentionPolicy'].map((operation) =>
      call(`${operation} of others`, 'logs', operation, { logGroupName: '/aws/lambda/other', logStreamName: 'a' }),
    ),
    ...['put-resources', 'resume-build'].map((name) =>
      call(`invoke ${name}`, 'lambda', 'Invoke', { function: `${stack.stackName}-${name}` }),
    ),
    {
      ...call('invoke start-build', 'lambda', 'Invoke', { function: `${stack.stackName}-start-build` }),
      except: named('ScheduleRole').arn!,
    },
    {
      ...call('invoke apply-lifecycle', 'lambda', 'Invoke', { function: `${stack.stackName}-apply-lifecycle` }),
      except: named('ScheduleRole').arn!,
    },
    ...['lambda', 'ec2', 'states'].map((service) =>
      direct(`pass the role of schedules to ${service}`, 'iam:PassRole', named('ScheduleRole').arn!, {
        'iam:PassedToService': `${service}.amazonaws.com`,
      }),
    ),
    ...['default', 'serverless-image-builder-other'].flatMap((GroupName) => [
      call(`make a schedule in ${GroupName}`, 'scheduler', 'CreateSchedule', {
        ...{ Name: 'a', GroupName },
        Target: { RoleArn: named('ScheduleRole').arn },
      }),
      call(`delete a schedule of ${GroupName}`, 'scheduler', 'DeleteSchedule', { Name: 'a', GroupName }),
    ]),
    call('make a schedule with another role', 'scheduler', 'CreateSchedule', {
      ...{ Name: 'a', GroupName: stack.stackName },
      Target: { RoleArn: `arn:aws:iam::${account}:role/admin` },
    }),
    call('delete the group of schedules', 'scheduler', 'DeleteScheduleGroup', { Name: stack.stackName }),
    call("invoke another stack's function", 'lambda', 'Invoke', { function: `${stack.stackName}-other-cleanup` }),
    call('assume another role', 'sts', 'AssumeRole', { RoleArn: `arn:aws:iam::${account}:role/admin` }),
    call('assume another role of a target account', 'sts', 'AssumeRole', {
      RoleArn: `arn:aws:iam::${targetAccount}:role/admin`,
    }),
    call('assume into an account that the stack was not deployed for', 'sts', 'AssumeRole', {
      RoleArn: 'arn:aws:iam::999999999999:role/serverless-image-builder-distribution',
    }),
    call('retire images in an account that the stack was not deployed for', 'sts', 'AssumeRole', {
      RoleArn: 'arn:aws:iam::999999999999:role/serverless-image-builder-distribution-lifecycle',
    }),
    {
      ...call('retire images in a target account', 'sts', 'AssumeRole', {
        RoleArn: `arn:aws:iam::${targetAccount}:role/serverless-image-builder-distribution-lifecycle`,
      }),
      except: named('ApplyLifecycleRole').arn!,
    },
    ...foreign.map((owner) =>
      call(`share ${owner} snapshot`, 'ec2', 'ModifySnapshotAttribute', { SnapshotId: [`snap-${owner}`] }),
    ),
    call(
      'share our snapshot of another region',
      'ec2',
      'ModifySnapshotAttribute',
      { SnapshotId: ['snap-our'] },
      beyond,
    ),
  ];
}
