// What the doctor says of stacks that are not well, with the real clients against a server that answers as told.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localConnection } from '../../cli/aws/connection.ts';
import { imageTable } from '../../cli/aws/image-table.ts';
import { checkQuotas, checkSweep } from '../../cli/doctor/account-checks.ts';
import { checkInstanceProfile, checkNetwork } from '../../cli/doctor/agent-checks.ts';
import { examine } from '../../cli/doctor/finding.ts';
import { checkDeadLetters, checkRegions, checkRules, checkTopics } from '../../cli/doctor/message-checks.ts';
import type { Patient } from '../../cli/doctor/patient.ts';
import { checkFunctions, checkStack } from '../../cli/doctor/stack-checks.ts';
import { checkTargetAccounts } from '../../cli/doctor/target-account-checks.ts';
import { type Answer, type AwsServer, awsServer, json, lambda } from './aws-server.ts';

let cloud: AwsServer;
let answers: AwsServer['answers'];

beforeEach(async () => {
  cloud = await awsServer();
  ({ answers } = cloud);
});
afterEach(() => cloud.close());

const names = [
  'TableName StateMachineArn StartBuildFunctionName PutResourcesFunctionName SweepFunctionName EventBusArn',
  'DeadLetterQueueUrl ImageTopicArn InstanceProfileName',
];
const patient = (changes: Partial<Patient> = {}): Patient => ({
  ...{ connection: localConnection(cloud.endpoint), stage: 'dev', stackName: 'the-stack', region: 'us-east-1' },
  status: 'UPDATE_COMPLETE',
  outputs: new Map(
    names
      .join(' ')
      .split(' ')
      .map((name) => [name, `the-${name}`]),
  ),
  ...{ resources: [], accounts: [] },
  ...changes,
});
const resource = (type: string, physicalId: string, logicalId = physicalId) => ({ type, physicalId, logicalId });
const xml = (operation: string, content: string): Answer => ({
  body: `<${operation}Response><${operation}Result>${content}</${operation}Result></${operation}Response>`,
});
const ec2 = (operation: string, content: string): Answer => ({
  body: `<${operation}Response>${content}</${operation}Response>`,
});
const refusal = (code: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse><Error><Code>${code}</Code><Message>said ${code}</Message></Error></ErrorResponse>`,
});
const item = (value: object) => json({ Item: value });

describe('target accounts', () => {
  const [open, closed] = ['111111111111', '222222222222'];
  const check = (accounts: string[]) =>
    checkTargetAccounts(patient({ accounts }), imageTable(localConnection(cloud.endpoint), 'images'));
  const sweep = lambda('the-SweepFunctionName');

  test('are asked now, by the function of the sweep, and each that lets nobody in fails', async () => {
    answers.GetItem = () => item({ regions: { SS: ['us-east-1', `eu-west-1 ${closed}`] } });
    answers[sweep] = () =>
      json([
        { account: open, regions: ['eu-west-1', 'us-east-1'], resources: [], problems: [] },
        { account: closed, regions: [], resources: [], problems: [`Tried to assume role r of account ${closed}: no.`] },
      ]);
    expect(await check([open])).toEqual([
      { status: 'ok', said: `Account ${open}: the stack took its role and looked into eu-west-1, us-east-1.` },
      {
        ...{ status: 'fail', said: `Tried to assume role r of account ${closed}: no.` },
        todo: expect.stringContaining(`distribution-role.yml of this version in account ${closed}`),
      },
    ]);
    expect(JSON.parse(cloud.requests.at(-1)!.body)).toEqual({ look: 'accounts' });
  });
  test('are unknown where the function may not be invoked', async () => {
    answers.GetItem = () => item({});
    answers[sweep] = () => ({
      ...{ status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: '{"Message":"not yours"}' },
    });
    expect(await examine('target accounts', () => check([open]))).toMatchObject([
      { status: 'unknown', said: expect.stringContaining('not yours') },
    ]);
  });
  test('that there are none of need no call', async () => {
    answers.GetItem = () => item({ regions: { SS: ['us-east-1'] } });
    expect(await check([])).toMatchObject([{ status: 'ok' }]);
    expect(cloud.requests.map(({ operation }) => operation)).toEqual(['GetItem']);
  });
});

describe('the stack', () => {
  test('that lacks outputs, or stands still, is to be deployed again', async () => {
    expect(await checkStack(patient({ outputs: new Map([['TableName', 'x']]) }))).toMatchObject([
      {
        status: 'fail',
        said: expect.stringContaining('StateMachineArn, '),
        todo: expect.stringContaining('sls deploy'),
      },
    ]);
    expect(await checkStack(patient({ status: 'UPDATE_ROLLBACK_FAILED' }))).toMatchObject([{ status: 'fail' }]);
    expect(await checkStack(patient())).toMatchObject([{ status: 'ok' }]);
  });
  test('whose function lost its role is told which', async () => {
    const found = patient({ resources: [resource('AWS::Lambda::Function', 'cleanup')] });
    answers['GET /2015-03-31/functions/cleanup/configuration'] = () =>
      json({ State: 'Active', Role: 'arn:aws:iam::000000000000:role/its-role' });
    answers.GetRole = () => refusal('NoSuchEntity', 404);
    expect(await checkFunctions(found)).toMatchObject([
      { status: 'fail', said: 'The role its-role of cleanup is gone.' },
    ]);
    answers.GetRole = () => xml('GetRole', '<Role><RoleName>its-role</RoleName></Role>');
    expect(await checkFunctions(found)).toMatchObject([{ status: 'ok', said: '1 functions, each with its role.' }]);
  });
  test('that may not be looked at is unknown, not well', async () => {
    const found = patient({ resources: [resource('AWS::Lambda::Function', 'cleanup')] });
    answers['GET /2015-03-31/functions/cleanup/configuration'] = () => ({
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      body: '{"Message":"not authorized to perform lambda:GetFunctionConfiguration"}',
    });
    expect(await examine('functions', () => checkFunctions(found))).toMatchObject([
      { check: 'functions', status: 'unknown', said: expect.stringContaining('lambda:GetFunctionConfiguration') },
    ]);
  });
});

describe('the agent', () => {
  test('needs an instance profile with a role', async () => {
    answers.GetInstanceProfile = () => refusal('NoSuchEntity', 404);
    expect(await checkInstanceProfile(patient())).toMatchObject([
      { status: 'fail', said: expect.stringContaining('is gone') },
    ]);
    answers.GetInstanceProfile = () => xml('GetInstanceProfile', '<InstanceProfile><Roles/></InstanceProfile>');
    expect(await checkInstanceProfile(patient())).toMatchObject([
      { status: 'fail', said: expect.stringContaining('has no role') },
    ]);
  });

  const network = (route: string, options: { own?: boolean; isPublic?: boolean; endpoints?: string[] } = {}) => {
    const { own = false, isPublic = false, endpoints = [] } = options;
    const subnet = `<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><mapPublicIpOnLaunch>${isPublic}</mapPublicIpOnLaunch></item>`;
    const association = own ? '<subnetId>subnet-1</subnetId>' : '<main>true</main>';
    const other = `<item><associationSet><item><main>true</main></item></associationSet><routeSet/></item>`;
    const table = `<item><associationSet><item>${association}</item></associationSet><routeSet>${route}</routeSet></item>`;
    answers.DescribeSubnets = () => ec2('DescribeSubnets', `<subnetSet>${subnet}</subnetSet>`);
    answers.DescribeRouteTables = () =>
      ec2('DescribeRouteTables', `<routeTableSet>${own ? other : ''}${table}</routeTableSet>`);
    const made = endpoints.map(
      (name) => `<item><serviceName>com.amazonaws.us-east-1.${name}</serviceName><state>available</state></item>`,
    );
    answers.DescribeVpcEndpoints = () =>
      ec2('DescribeVpcEndpoints', `<vpcEndpointSet>${made.join('')}</vpcEndpointSet>`);
    return checkNetwork(patient(), []);
  };
  const route = (target: string, state = 'active') =>
    `<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>${target}<state>${state}</state></item>`;
  const gateway = '<gatewayId>igw-1</gatewayId>';

  test.each([
    ['ok', 'an internet gateway with public addresses', route(gateway), { isPublic: true }],
    ['fail', 'an internet gateway without addresses', route(gateway), {}],
    ['ok', 'a NAT gateway, by the subnet’s own table', route('<natGatewayId>nat-1</natGatewayId>'), { own: true }],
    ['fail', 'a NAT gateway that was deleted', route('<natGatewayId>nat-1</natGatewayId>', 'blackhole'), {}],
    ['ok', 'endpoints', '', { endpoints: ['ssm', 'ssmmessages', 'ec2messages'] }],
    ['warn', 'endpoints but ec2messages', '', { endpoints: ['ssm', 'ssmmessages'] }],
    ['fail', 'an endpoint too few', '', { endpoints: ['ssm', 'ec2messages'] }],
    ['fail', 'no way at all', '', {}],
  ])('%s: %s', async (status, _, routes, options) => {
    expect(await network(routes, options)).toMatchObject([{ status }]);
  });
  test('a subnet that is not there, and a region without a default VPC', async () => {
    answers.DescribeSubnets = () => ({
      status: 400,
      body: '<Response><Errors><Error><Code>InvalidSubnetID.NotFound</Code><Message>no</Message></Error></Errors></Response>',
    });
    expect(await checkNetwork(patient(), ['subnet-9'])).toMatchObject([{ status: 'fail' }]);
    answers.DescribeSubnets = () => ec2('DescribeSubnets', '<subnetSet/>');
    expect(await checkNetwork(patient(), [])).toMatchObject([{ status: 'warn' }]);
  });
});

describe('messages', () => {
  test('a rule that is disabled or gone is told with the command', async () => {
    const rules = ['on', 'the-bus|off', 'gone'].map((id) => resource('AWS::Events::Rule', id));
    answers.DescribeRule = ({ body }) => {
      const { Name, EventBusName } = JSON.parse(body);
      if (Name === 'gone') return { status: 400, body: '{"__type":"ResourceNotFoundException","message":"no"}' };
      return json({ State: Name === 'off' && EventBusName === 'the-bus' ? 'DISABLED' : 'ENABLED' });
    };
    expect(await checkRules(patient({ resources: rules }))).toEqual([
      {
        status: 'fail',
        said: 'The rule the-bus|off is disabled.',
        todo: 'aws events enable-rule --name off --event-bus-name the-bus',
      },
      { status: 'fail', said: 'The rule gone is gone.', todo: 'npx sls deploy --stage dev' },
    ]);
  });
  test('a region that builds use and that forwards nothing is told', async () => {
    answers.GetItem = () => item({ regions: { SS: ['us-east-1', 'eu-west-1', 'ap-south-1'] } });
    answers.ListRuleNamesByTarget = ({ region }) => json({ RuleNames: region === 'eu-west-1' ? ['forward'] : [] });
    answers.DescribeRule = () => json({ State: 'ENABLED' });
    const found = patient();
    expect(await checkRegions(found, imageTable(found.connection, 'images'))).toMatchObject([
      { status: 'warn', said: expect.stringContaining('ap-south-1 forwards no AMI events') },
      { status: 'ok', said: 'eu-west-1 forwards its AMI events.' },
    ]);
  });
  test('topics that nobody hears, and a stack without alarms', async () => {
    answers.GetTopicAttributes = () =>
      xml(
        'GetTopicAttributes',
        '<Attributes><entry><key>SubscriptionsConfirmed</key><value>2</value></entry></Attributes>',
      );
    const found = patient({ resources: [resource('AWS::SNS::Topic', 'arn:topic', 'ImageTopic')] });
    expect(await checkTopics(found)).toEqual([
      { status: 'ok', said: 'ImageTopic has 2 subscriptions.' },
      expect.objectContaining({ status: 'warn', said: 'The stack has no alarms.' }),
    ]);
  });
  test('dead letters are shown with their reasons, of EventBridge, Lambda and receive-update, and stay where they are', async () => {
    answers.GetQueueAttributes = () => json({ Attributes: { ApproximateNumberOfMessages: '3' } });
    const failure = {
      requestContext: { functionArn: 'arn:aws:lambda:us-east-1:1:function:cleanup', condition: 'RetriesExhausted' },
      responsePayload: { errorType: 'CleanupError', errorMessage: 'ami-1 in eu-west-1 \u001b[2J' },
    };
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const body = (Body: string) => ({ Body, MD5OfBody: createHash('md5').update(Body).digest('hex') });
    answers.ReceiveMessage = (request) => {
      expect(JSON.parse(request.body)).toMatchObject({ VisibilityTimeout: 0 });
      const attributes = {
        ERROR_CODE: text('NO_PERMISSIONS'),
        ERROR_MESSAGE: text('not allowed'),
        RULE_ARN: text('arn:aws:events:us-east-1:1:rule/sweep'),
      };
      return json({
        Messages: [
          { MessageId: '1', ...body('{}'), MessageAttributes: attributes },
          { MessageId: '2', ...body(JSON.stringify(failure)) },
          { MessageId: '3', ...body('{"pkg":1}'), MessageAttributes: { reason: text('none of package, v1 …') } },
        ],
      });
    };
    const found = patient({ outputs: new Map([['DeadLetterQueueUrl', `${cloud.endpoint}/000000000000/dead`]]) });
    const [finding] = await checkDeadLetters(found);
    expect(finding).toMatchObject({ status: 'fail' });
    expect(finding!.said).toBe(
      '3 events could not be handled: sweep: NO_PERMISSIONS not allowed; cleanup (RetriesExhausted): CleanupError: ami-1 in eu-west-1 \\x1b[2J; a package update: none of package, v1 …',
    );
  });
});

describe('the account', () => {
  test('a quota below a build is told, and what no API tells is said to be unknown', async () => {
    answers.GetServiceQuota = () => json({ Quota: { Value: 2 } });
    expect((await checkQuotas(patient())).map(({ status }) => status)).toEqual(['fail', 'unknown']);
    answers.GetServiceQuota = () => json({ Quota: { Value: 64 } });
    expect((await checkQuotas(patient())).map(({ status }) => status)).toEqual(['ok', 'unknown']);
  });
  test('the last sweep: none, old, and what it could not do', async () => {
    const now = Date.parse('2026-11-27T10:00:00.000Z');
    const numbers = { looked: 0, live: 0, released: 0, finished: 0, leftovers: 0, refused: 0, orphans: 0 };
    const sweep = async (ended?: string, counts: Partial<typeof numbers> = {}, complete = true) => {
      const all = Object.entries({ ...numbers, ...counts }).map(([name, value]) => [name, { N: String(value) }]);
      const M = {
        ended: { S: ended! },
        complete: { BOOL: complete },
        problems: { L: [] },
        counts: { M: Object.fromEntries(all) },
      };
      answers.GetItem = () => (ended ? item({ report: { M } }) : json({}));
      const table = imageTable(patient().connection, 'images');
      return (await checkSweep(table, { now, command: (name) => name })).map(({ status }) => status);
    };
    const fresh = '2026-11-27T09:30:00.000Z';
    expect(await sweep()).toEqual(['warn']);
    expect(await sweep(fresh)).toEqual(['ok']);
    expect(await sweep('2026-11-27T05:00:00.000Z')).toEqual(['fail']);
    expect(await sweep(fresh, { leftovers: 1, refused: 1, orphans: 1 }, false)).toEqual([
      'fail',
      'fail',
      'warn',
      'warn',
    ]);
  });
});
