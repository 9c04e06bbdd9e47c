import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cloudformation, type Stack } from '../../../local/cloudformation/service.ts';
import { type Door, homeAccountId, openDoor, temporaryDirectory } from '../door/open-door.ts';

const stack: Stack = {
  id: 'arn:aws:cloudformation:eu-central-1:000000000000:stack/serverless-image-builder-local/1-2',
  name: 'serverless-image-builder-local',
  accountId: homeAccountId,
  region: 'eu-central-1',
  created: Date.UTC(2026, 0, 1),
  description: 'an image builder',
  resources: [
    { logicalId: 'Table', type: 'AWS::DynamoDB::Table', physicalId: 'image-builder-local' },
    { logicalId: 'StartDashbuildLambdaFunction', type: 'AWS::Lambda::Function', physicalId: 'start-build' },
  ],
  parameters: { Days: 30 },
  outputs: [{ key: 'TableName', value: 'image-builder-local', description: 'the table' }],
};
const directory = temporaryDirectory();
let door: Door;
let client: CloudFormationClient;

beforeAll(async () => {
  door = await openDoor([cloudformation(() => [stack])], directory.path);
  client = new CloudFormationClient(door.client());
});
afterAll(async () => {
  await door.close();
  directory.remove();
});

test('a loaded stack is described with its outputs, by name, by id and among all', async () => {
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stack.name }));
  expect(Stacks).toMatchObject([
    {
      StackName: stack.name,
      StackId: stack.id,
      Parameters: [{ ParameterKey: 'Days', ParameterValue: '30' }],
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: new Date('2026-01-01'),
      Outputs: [{ OutputKey: 'TableName', OutputValue: 'image-builder-local', Description: 'the table' }],
    },
  ]);
  const byId = await client.send(new DescribeStacksCommand({ StackName: Stacks?.[0]?.StackId }));
  expect(byId.Stacks).toEqual(Stacks);
  expect((await client.send(new DescribeStacksCommand({}))).Stacks).toEqual(Stacks);
  expect((await client.send(new ListStacksCommand({}))).StackSummaries).toMatchObject([{ StackName: stack.name }]);
  const deleted = await client.send(new ListStacksCommand({ StackStatusFilter: ['DELETE_COMPLETE'] }));
  expect(deleted.StackSummaries).toEqual([]);
});

test('its resources are listed', async () => {
  const { StackResources } = await client.send(
    new DescribeStackResourcesCommand({ StackName: stack.name, LogicalResourceId: 'Table' }),
  );
  expect(StackResources).toMatchObject([
    { LogicalResourceId: 'Table', PhysicalResourceId: 'image-builder-local', ResourceType: 'AWS::DynamoDB::Table' },
  ]);
  const listed = await client.send(new ListStackResourcesCommand({ StackName: stack.name }));
  expect(listed.StackResourceSummaries?.map((resource) => resource.PhysicalResourceId)).toEqual([
    'image-builder-local',
    'start-build',
  ]);
});

test('another stack, or another region, has none', async () => {
  const named = (StackName: string) => new DescribeStacksCommand({ StackName });
  await expect(client.send(named('other'))).rejects.toMatchObject({
    name: 'ValidationError',
    message: 'Stack with id other does not exist',
  });
  const elsewhere = new CloudFormationClient(door.client({ region: 'us-east-1' }));
  await expect(elsewhere.send(named(stack.name))).rejects.toThrow(`Stack with id ${stack.name} does not exist`);
});
