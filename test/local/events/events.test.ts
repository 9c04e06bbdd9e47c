import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { testClock } from '../../../local/clock.ts';
import { type Events, events } from '../../../local/events/service.ts';
import { type Door, openDoor, temporaryDirectory } from '../door/open-door.ts';

const directory = temporaryDirectory();
const clock = testClock();
const home = { accountId: '000000000000', region: 'eu-central-1' };
const lambdaArn = 'arn:aws:lambda:eu-central-1:000000000000:function:resume-build';
const delivered: { arn: string; payload: Record<string, unknown> }[] = [];
const undelivered: string[] = [];
let bridge: Events;
let door: Door;
let client: EventBridgeClient;

const make = () =>
  events(
    { clock, stateDirectory: directory.path },
    {
      lambda(arn, payload) {
        if (arn.endsWith('missing')) throw new Error('Function not found');
        delivered.push({ arn, payload: JSON.parse(payload) });
      },
      states() {},
    },
    (target, rule, payload, error) => undelivered.push(`${rule} ${target.Id} ${JSON.parse(payload).source} ${error}`),
  );

beforeAll(async () => {
  bridge = make();
  door = await openDoor([bridge.service], directory.path, clock);
  client = new EventBridgeClient(door.client());
});
beforeEach(() => {
  delivered.length = 0;
});
afterAll(async () => {
  bridge.buses.stop();
  await door.close();
  directory.remove();
});

/** An event takes a few turns of the event loop from bus to target, however busy the machine is. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}
const ami = (region: string, State = 'available') => ({
  source: 'aws.ec2',
  'detail-type': 'EC2 AMI State Change',
  account: home.accountId,
  region,
  resources: [`arn:aws:ec2:${region}::image/ami-1`],
  detail: { ImageId: 'ami-1', State },
});
const rule = (name: string, more: object = {}) => ({
  Name: name,
  EventPattern: { source: ['aws.ec2'], detail: { State: ['available', 'failed'] } },
  Targets: [{ Id: 'function', Arn: lambdaArn }],
  ...more,
});

test('a rule of the stack hands matching events of its own region to its function, in the shape of EventBridge', async () => {
  bridge.stackRule(home, rule('ami-state'));
  bridge.buses.put(ami('eu-central-1'));
  bridge.buses.put(ami('eu-central-1', 'pending'));
  bridge.buses.put(ami('us-east-1'));
  await settled();
  expect(delivered).toEqual([
    {
      arn: lambdaArn,
      payload: {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'EC2 AMI State Change',
        source: 'aws.ec2',
        account: '000000000000',
        time: '2026-01-01T00:00:00Z',
        region: 'eu-central-1',
        resources: ['arn:aws:ec2:eu-central-1::image/ami-1'],
        detail: { ImageId: 'ami-1', State: 'available' },
      },
    },
  ]);
});

test('a rule of another region forwards to the home bus; the event keeps its region', async () => {
  const target = { Id: 'home', Arn: 'arn:aws:events:eu-central-1:000000000000:event-bus/default' };
  expect(() => bridge.stackRule({ ...home, region: 'us-east-1' }, rule('forward', { Targets: [target] }))).toThrow(
    `RoleArn is required for target ${target.Arn}.`,
  );
  const withRole = { ...target, RoleArn: 'arn:aws:iam::000000000000:role/forward' };
  bridge.stackRule({ ...home, region: 'us-east-1' }, rule('forward', { Targets: [withRole] }));
  bridge.buses.put(ami('us-east-1'));
  await settled();
  expect(delivered.map(({ payload }) => [payload.region, payload.resources])).toEqual([
    ['us-east-1', ['arn:aws:ec2:us-east-1::image/ami-1']],
  ]);
});

test('PutEvents: each entry on its own, by bus name or ARN; what EventBridge refuses is refused', async () => {
  await client.send(new CreateEventBusCommand({ Name: 'images' }));
  bridge.stackRule(home, rule('on-images', { EventBusName: 'images', EventPattern: { source: ['ours'] } }));
  const entry = { Source: 'ours', DetailType: 'Image State Change', Detail: '{"state":{"status":"AVAILABLE"}}' };
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({
      Entries: [
        { ...entry, EventBusName: 'images', Time: new Date('2026-05-01T10:00:00Z'), Resources: ['arn:a'] },
        { ...entry, EventBusName: 'arn:aws:events:eu-central-1:000000000000:event-bus/images' },
        entry,
        { ...entry, Source: 'aws.imagebuilder' },
        { ...entry, Detail: '[]' },
        { ...entry, Source: undefined },
        { ...entry, EventBusName: 'nowhere' },
      ],
    }),
  );
  await settled();
  expect(FailedEntryCount).toBe(4);
  expect(Entries?.map((result) => result.ErrorCode ?? 'put')).toEqual([
    'put',
    'put',
    'put',
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'InvalidArgument',
    'ResourceNotFoundException',
  ]);
  expect(delivered.map(({ payload }) => payload)).toMatchObject([
    {
      id: Entries?.[0]?.EventId,
      time: '2026-05-01T10:00:00Z',
      resources: ['arn:a'],
      detail: { state: { status: 'AVAILABLE' } },
    },
    { id: Entries?.[1]?.EventId, source: 'ours', account: '000000000000', region: 'eu-central-1' },
  ]);
});

test('rules made by clients: put, targeted, described, listed, disabled, deleted, and kept over a restart', async () => {
  const Name = 'mine';
  const EventPattern = '{"source":["mine"]}';
  await client.send(new PutRuleCommand({ Name, EventPattern, Description: 'd' }));
  await client.send(
    new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'a', Arn: lambdaArn, InputPath: '$.detail' }] }),
  );
  bridge.buses.put({ ...ami('eu-central-1'), source: 'mine' });
  await settled();
  expect(delivered.map(({ payload }) => payload)).toEqual([{ ImageId: 'ami-1', State: 'available' }]);
  const described = { Name, EventPattern, Description: 'd', State: 'ENABLED', EventBusName: 'default' };
  const Arn = 'arn:aws:events:eu-central-1:000000000000:rule/mine';
  expect(await client.send(new DescribeRuleCommand({ Name }))).toMatchObject({ ...described, Arn });
  expect((await client.send(new ListRulesCommand({ NamePrefix: 'mi' }))).Rules).toMatchObject([{ Name }]);

  const again = make();
  again.buses.put({ ...ami('eu-central-1'), source: 'mine' });
  await settled();
  expect(delivered).toHaveLength(2);

  await expect(client.send(new DeleteRuleCommand({ Name }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: "Rule can't be deleted since it has targets.",
  });
  await client.send(new PutRuleCommand({ Name, EventPattern, State: 'DISABLED' }));
  bridge.buses.put({ ...ami('eu-central-1'), source: 'mine' });
  await settled();
  expect(delivered).toHaveLength(2);
  await client.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['a'] }));
  await client.send(new DeleteRuleCommand({ Name }));
  await expect(client.send(new DescribeRuleCommand({ Name }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'Rule mine does not exist on EventBus default.',
  });
});

test('what a target gets: a constant, or a text made from the event', async () => {
  const transform = (InputTemplate: string) => ({
    Id: InputTemplate,
    Arn: lambdaArn,
    InputTransformer: {
      InputPathsMap: { image: '$.detail.ImageId', detail: '$.detail', first: '$.resources[0]', none: '$.x' },
      InputTemplate,
    },
  });
  const Targets = [
    { Id: 'constant', Arn: lambdaArn, Input: '{"pipeline":"hello-web"}' },
    transform(
      '{"id": <image>, "text": "image <image> in <first>, <none>", "all": <detail>, "rule": "<aws.events.rule-name>"}',
    ),
    transform('"<image> \\"quoted\\" <detail>"'),
  ];
  bridge.stackRule(home, rule('inputs', { EventPattern: { source: ['inputs'] }, Targets }));
  bridge.buses.put({ ...ami('eu-central-1'), source: 'inputs' });
  await settled();
  expect(delivered.map(({ payload }) => payload)).toEqual([
    { pipeline: 'hello-web' },
    {
      id: 'ami-1',
      text: 'image ami-1 in arn:aws:ec2:eu-central-1::image/ami-1, ',
      all: { ImageId: 'ami-1', State: 'available' },
      rule: 'inputs',
    },
    'ami-1 "quoted" {"ImageId":"ami-1","State":"available"}',
  ]);
});

test('refused when the rule is made: unknown patterns, targets, target settings, paths, schedules', async () => {
  const EventPattern = '{"source":["a"]}';
  await expect(
    client.send(new PutRuleCommand({ Name: 'x', EventPattern: '{"source":[{"like":"a"}]}' })),
  ).rejects.toMatchObject({
    name: 'InvalidEventPatternException',
    message: 'Event pattern is not valid. Reason: Unrecognized match type like',
  });
  await client.send(new PutRuleCommand({ Name: 'x', EventPattern }));
  const target = (more: object) =>
    client.send(new PutTargetsCommand({ Rule: 'x', Targets: [{ Id: 't', Arn: lambdaArn, ...more }] }));
  await expect(target({ Arn: 'arn:aws:ecs:eu-central-1:1:cluster/c' })).rejects.toThrow(
    'Target t of rule x: the local cloud cannot deliver to arn:aws:ecs:eu-central-1:1:cluster/c, only to lambda, states, events',
  );
  await expect(target({ EcsParameters: { TaskDefinitionArn: 'a' } })).rejects.toThrow(
    'Target t of rule x: the local cloud does not have EcsParameters',
  );
  await expect(target({ InputPath: '$..x' })).rejects.toThrow('Unsupported path $..x');
  await expect(target({ Arn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:m' })).rejects.toThrow(
    'RoleArn is required',
  );
  for (const ScheduleExpression of ['cron(0 1 * * * *)', 'rate(1 days)', 'at(2026-01-01T00:00:00)'])
    await expect(client.send(new PutRuleCommand({ Name: 'x', ScheduleExpression }))).rejects.toThrow(
      `Parameter ScheduleExpression is not valid: ${ScheduleExpression}`,
    );
  await expect(client.send(new PutRuleCommand({ Name: 'y' }))).rejects.toThrow(
    'EventPattern or ScheduleExpression must be specified',
  );
});

test('a target that does not take an event is reported', async () => {
  bridge.stackRule(
    home,
    rule('lost', { EventPattern: { source: ['lost'] }, Targets: [{ Id: 'gone', Arn: `${lambdaArn}-missing` }] }),
  );
  bridge.buses.put({ ...ami('eu-central-1'), source: 'lost' });
  await settled();
  expect(undelivered).toEqual([
    'arn:aws:events:eu-central-1:000000000000:rule/lost gone lost Error: Function not found',
  ]);
});

test('buses that forward in a circle stop after a few rounds', async () => {
  undelivered.length = 0;
  const Arn = 'arn:aws:events:eu-central-1:000000000000:event-bus/default';
  bridge.stackRule(home, rule('circle', { EventPattern: { source: ['circle'] }, Targets: [{ Id: 'self', Arn }] }));
  bridge.buses.put({ ...ami('eu-central-1'), source: 'circle' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(undelivered).toEqual([
    'arn:aws:events:eu-central-1:000000000000:rule/circle self circle Error: The event went through 5 buses already: do rules forward in a circle?',
  ]);
});

test('a rate goes by the clock of the cloud', async () => {
  bridge.stackRule(home, rule('hourly', { EventPattern: undefined, ScheduleExpression: 'rate(1 hour)' }));
  await clock.advance(2.5 * 3_600_000);
  expect(delivered.map(({ payload }) => [payload['detail-type'], payload.time])).toEqual([
    ['Scheduled Event', '2026-01-01T01:00:00Z'],
    ['Scheduled Event', '2026-01-01T02:00:00Z'],
  ]);
});

test('buses are listed per account and region; patterns can be tried', async () => {
  const { EventBuses } = await client.send(new ListEventBusesCommand({}));
  expect(EventBuses?.map((bus) => bus.Name).sort()).toEqual(['default', 'images']);
  const elsewhere = new EventBridgeClient(door.client({ region: 'sa-east-1' }));
  expect((await elsewhere.send(new ListEventBusesCommand({}))).EventBuses?.map((bus) => bus.Name)).toEqual(['default']);
  const attempt = (EventPattern: string) =>
    client.send(new TestEventPatternCommand({ EventPattern, Event: JSON.stringify(ami('a')) }));
  expect((await attempt('{"detail":{"ImageId":["ami-1"]}}')).Result).toBe(true);
  expect((await attempt('{"detail":{"ImageId":["ami-2"]}}')).Result).toBe(false);
});

test('rules are found by their target, on the bus that is asked about', async () => {
  const EventPattern = '{"source":["aws.ec2"]}';
  await client.send(new PutRuleCommand({ Name: 'by-target', EventPattern }));
  await client.send(new PutTargetsCommand({ Rule: 'by-target', Targets: [{ Id: 'it', Arn: `${lambdaArn}-2` }] }));
  const names = async (TargetArn: string) =>
    (await client.send(new ListRuleNamesByTargetCommand({ TargetArn }))).RuleNames;
  expect(await names(`${lambdaArn}-2`)).toEqual(['by-target']);
  expect(await names(`${lambdaArn}-3`)).toEqual([]);
});
