// Events that no function may act on: nobody's, somebody else's, broken, huge, deep, or made to confuse.

export const account = '123456789012';
export const machineArn = `arn:aws:states:us-east-1:${account}:stateMachine:stack-build-image`;
const ours = `arn:aws:imagebuilder:us-east-1:${account}:image/hello/1.0.0/1`;

const pipelineArn = (image: string) => `${image.split(/:(?=image|component)(?!imagebuilder)/)[0]}:image-pipeline/hello`;

type Hostile = { name: string; event: unknown };

const megabytes = (count: number, text: string) => text.repeat((count * 1024 * 1024) / text.length);

/** JSON as Lambda hands it over; 100,000 levels are read by the parser without recursion. */
const deep = (levels: number) => JSON.parse(`${'{"image":'.repeat(levels)}1${'}'.repeat(levels)}`) as unknown;

const keyed = (count: number, prefix: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]));

/** The fields that the functions read, each with the given value. */
const everyField = (value: unknown) => ({
  ...{ image: value, token: value, index: value, stage: value, error: value, cleanupError: value },
  ...{ imagePipelineName: value, imagePipelineArn: value, clientToken: value },
  ...{ components: value, pipeline: value, files: value, Records: value },
  ...{ source: value, account: value, region: value, 'detail-type': value, detail: value },
});

const shared = { index: 0, stage: 'build' };

const strangers = [
  ['another account', `arn:aws:imagebuilder:us-east-1:999999999999:image/hello/1.0.0/1`],
  ['another region', `arn:aws:imagebuilder:eu-west-1:${account}:image/hello/1.0.0/1`],
  ['another partition', `arn:aws-cn:imagebuilder:us-east-1:${account}:image/hello/1.0.0/1`],
  ['another service', `arn:aws:ec2:us-east-1:${account}:image/ami-0123456789abcdef0`],
  ['no build', `arn:aws:imagebuilder:us-east-1:${account}:image/hello/1.0.0`],
  ['any version', `arn:aws:imagebuilder:us-east-1:${account}:image/hello/x.x.x`],
  ['a pipeline', `arn:aws:imagebuilder:us-east-1:${account}:image-pipeline/hello`],
  ['a component', `arn:aws:imagebuilder:us-east-1:${account}:component/hello/1.0.0/1`],
  ['a line break', `${ours}\n`],
  ['a path in the name', ours.replace('hello', '../hello')],
  ['a NUL', ours.replace('hello', 'hel\0lo')],
  ['a lone surrogate', ours.replace('hello', 'hel\ud800lo')],
  ['letters of another script', ours.replace('hello', 'hеllo')],
] as const;

const stateEvent = {
  ...{ source: 'aws.ec2', account, region: 'us-east-1', 'detail-type': 'EC2 AMI State Change' },
  detail: { ImageId: 'ami-0123456789abcdef0', State: 'available' },
};
const endedEvent = {
  ...{ source: 'aws.states', account, region: 'us-east-1', 'detail-type': 'Step Functions Execution Status Change' },
  detail: { executionArn: 'e', stateMachineArn: machineArn, status: 'ABORTED', input: JSON.stringify({ image: ours }) },
};
const forged = [
  ['put on the bus by somebody', { source: 'my.app' }],
  ['of a source like AWS’s', { source: 'aws.ec2.evil' }],
  ['of our own source', { source: 'serverless-image-builder' }],
  ['of another account', { account: '999999999999' }],
  ['without a source', { source: undefined }],
  ['without an account', { account: undefined }],
] as const;
const forgedEndings = [
  ['another machine', { stateMachineArn: machineArn.replace('stack-', 'other-') }],
  ['another account’s machine', { stateMachineArn: machineArn.replace(account, '999999999999') }],
  ['no machine', { stateMachineArn: undefined }],
  ['a success', { status: 'SUCCEEDED' }],
  ['an image of another account', { input: JSON.stringify({ image: strangers[0][1] }) }],
  ['input that is no JSON', { input: '{' }],
  ['deep input', { input: '['.repeat(50_000) }],
  ['a large executionArn', { executionArn: 'x'.repeat(5000) }],
] as const;

/** `secret` stands where tokens and values would, and must not come back. */
export function hostile(secret: string): Hostile[] {
  const long = `${secret}${megabytes(1, 'x')}`;
  const proto = (json: string) => JSON.parse(json) as unknown;
  return [
    ...[null, undefined, true, 0, -1, 1e308, '', secret, [], [[]], {}, [{}]].map((event) => ({
      name: `the event ${JSON.stringify(event)}`,
      event,
    })),
    ...[null, true, 7, -1, 1.5, '', secret, [], {}, [secret], { Error: secret }].map((value) => ({
      name: `every field ${JSON.stringify(value)}`,
      event: everyField(value),
    })),
    { name: 'every field a megabyte', event: everyField(long) },
    { name: 'a megabyte of token', event: { image: 5, ...shared, token: long } },
    { name: 'a key of a megabyte', event: { [long.slice(secret.length)]: 1 } },
    { name: 'a text of 5 MB', event: { image: megabytes(5, 'é') } },
    { name: 'a list of a million', event: { components: Array.from({ length: 1_000_000 }, () => 0) } },
    { name: '60,000 keys', event: keyed(60_000, 'k') },
    { name: '15,000 unknown keys', event: keyed(15_000, 'imag') },
    { name: '15,000 wrong entries', event: { components: Array.from({ length: 15_000 }, () => secret) } },
    { name: '100,000 levels', event: deep(100_000) },
    { name: '30 levels', event: deep(30) },
    { name: 'a list in 100,000 lists', event: { image: JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) } },
    {
      name: '__proto__ with an image',
      event: proto(`{"__proto__":{"image":"${ours}","token":"t","index":0,"stage":"build"}}`),
    },
    { name: '__proto__ with a pipeline', event: proto('{"__proto__":{"imagePipelineName":"hello"}}') },
    { name: 'constructor', event: proto(`{"constructor":{"prototype":{"image":"${ours}"}}}`) },
    {
      name: 'toString and valueOf',
      event: proto('{"toString":1,"valueOf":1,"hasOwnProperty":1,"image":{"toString":1}}'),
    },
    { name: 'an image that is an object', event: { image: { toString: ours, length: 3 }, ...shared, token: 't' } },
    { name: 'an image in a list', event: { image: [ours], ...shared, token: 't' } },
    { name: 'a lone surrogate everywhere', event: everyField('\ud800\udfff\udc00') },
    ...strangers
      .flatMap(([what, image]) => [
        { name: `the ARN of an image with ${what}`, event: { image, ...shared, token: secret } },
        {
          name: `an image for a pipeline, with ${what}`,
          event: { imagePipelineArn: image.replace('-pipeline', ''), clientToken: secret },
        },
        {
          name: `a pipeline, its home that of ${what}`,
          event: { imagePipelineArn: pipelineArn(image), clientToken: secret },
        },
      ])
      .filter(({ event }) => event.imagePipelineArn !== pipelineArn(ours)),
    {
      name: 'an SNS delivery',
      event: {
        Records: [
          {
            EventSource: 'aws:sns',
            Sns: { TopicArn: `arn:aws:sns:us-east-1:${account}:t`, Message: JSON.stringify({ image: ours }) },
          },
        ],
      },
    },
    {
      name: 'an SQS delivery',
      event: { Records: [{ eventSource: 'aws:sqs', body: JSON.stringify({ image: ours }) }] },
    },
    {
      name: 'an HTTP request',
      event: {
        version: '2.0',
        rawPath: '/',
        headers: { authorization: secret },
        body: JSON.stringify({ image: ours }),
      },
    },
    {
      name: 'a schedule',
      event: { ...stateEvent, source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} },
    },
    {
      name: 'an event of an unknown type',
      event: { ...stateEvent, 'detail-type': 'EC2 Spot Instance Interruption Warning' },
    },
    ...forged.flatMap(([what, changes]) => [
      { name: `a state event ${what}`, event: { ...stateEvent, ...changes } },
      { name: `an ending ${what}`, event: { ...endedEvent, ...changes } },
    ]),
    ...forgedEndings.map(([what, changes]) => ({
      name: `an ending of ${what}`,
      event: { ...endedEvent, detail: { ...endedEvent.detail, ...changes } },
    })),
    { name: 'an ending in another region', event: { ...endedEvent, region: 'eu-west-1' } },
    {
      name: 'a state event with an id of a megabyte',
      event: { ...stateEvent, detail: { ImageId: long, State: 'available' } },
    },
  ];
}
