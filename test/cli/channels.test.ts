import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Channel, Revoked } from '../../shared/model/channel.ts';
import { json, lambda } from './aws-server.ts';
import { image } from './image.ts';
import { attribute, command, type ServedStack, servedStack } from './served-stack.ts';

let stack: ServedStack;
beforeEach(async () => {
  stack = await servedStack();
});
afterEach(() => stack.close());

const { arn } = image();
const older = arn.replace(/1$/, '0');
const sent = (name: string) =>
  stack.cloud.requests
    .filter(({ operation }) => operation === lambda(name))
    .map(({ body }) => JSON.parse(body) as object);
const fails = (errorType: string, errorMessage: string) => ({
  headers: { 'x-amz-function-error': 'Unhandled' },
  body: JSON.stringify({ errorType, errorMessage }),
});
const channel: Channel = {
  ...{ name: 'hello-web', channel: 'prod', image: arn, amis: { 'us-east-1': 'ami-1', 'eu-west-1': 'ami-2' } },
  history: [
    { at: '2026-11-27T10:00:00Z', action: 'promote', image: arn, from: older, by: 'arn:aws:iam::1:user/ann' },
    { at: '2026-11-26T10:00:00Z', action: 'revoke', from: older, reason: 'CVE-2026-1' },
  ],
};

describe('promote', () => {
  test('tells the function the image and who asks, and says where it is', async () => {
    stack.cloud.answers[lambda('promote-image')] = () => json({ channel, changed: true, dropped: ['ap-south-1'] });
    const { code, out, errors } = await command(stack, ['promote', arn, 'prod', '--drop-regions']);
    expect(code, errors).toBe(0);
    expect(out).toBe(
      'Channel prod of hello-web is hello-web/1.0.0/1 in us-east-1, eu-west-1.\nIt is no longer in ap-south-1.\n',
    );
    expect(sent('promote-image')).toEqual([{ image: arn, channel: 'prod', dropRegions: true }]);
  });
  test('waits while another change is under way, and says so once', async () => {
    const answers = [
      fails('NotReadyError', 'The channel prod is being moved.'),
      json({ channel, changed: false, dropped: [] }),
    ];
    stack.cloud.answers[lambda('promote-image')] = () => answers.shift()!;
    const { code, out, errors } = await command(stack, ['promote', arn, 'prod']);
    expect([code, out]).toEqual([
      0,
      'Channel prod of hello-web was already hello-web/1.0.0/1 in us-east-1, eu-west-1.\n',
    ]);
    expect(errors).toBe('The channel prod is being moved. Waiting.\n');
    expect(sent('promote-image')).toHaveLength(2);
  });
  test('what is refused has exit code 2', async () => {
    stack.cloud.answers[lambda('promote-image')] = () => fails('InvalidRequestError', 'it was revoked');
    const refused = await command(stack, ['promote', arn, 'prod']);
    expect([refused.code, refused.errors]).toEqual([2, expect.stringContaining('it was revoked')]);
  });
});

describe('revoke', () => {
  const revoked: Revoked = {
    ...{ image: arn, revoked: { at: '2026-11-27T10:00:00Z', reason: 'CVE \u001b[31m' } },
    channels: [
      { name: 'hello-web', channel: 'prod', image: older },
      { name: 'hello-web', channel: 'dev' },
    ],
    descendants: [arn.replace('hello-web', 'child')],
    pipelines: [
      { name: 'child', parentImage: 'hello-web/1.0.0/1', effect: 'fails' },
      { name: 'golden', parentImage: 'ssm:/golden', effect: 'may fail' },
    ],
    named: [
      { kind: 'launchTemplate', id: 'lt-1', region: 'us-east-1', ami: 'ami-1' },
      { kind: 'ssmParameter', id: '/golden', region: 'eu-west-1', account: '111111111111', ami: 'ami-2' },
    ],
    elsewhere: [{ region: 'eu-west-1', account: '111111111111', ami: 'ami-2' }],
    withdrawals: [{ region: 'us-east-1', ami: 'ami-1', withdrawn: ['UserId=1'], left: ['Group=all'] }],
  };
  test('lists what depends on the image', async () => {
    stack.cloud.answers[lambda('revoke-image')] = () => json(revoked);
    const { code, out, errors } = await command(stack, ['revoke', arn, '--reason', 'CVE', '--withdraw']);
    expect(code, errors).toBe(0);
    expect(out).toBe(
      [
        'hello-web/1.0.0/1 was revoked at 2026-11-27T10:00:00Z: CVE \\x1b[31m',
        'Channel prod of hello-web is hello-web/1.0.0/0 again.',
        'Channel dev of hello-web has no image any more.',
        ...['', 'Images made of it', '  child/1.0.0/1'],
        ...['', 'Pipelines that build on it', '  child   hello-web/1.0.0/1  its next build fails'],
        '  golden  ssm:/golden        its next build fails where the parameter still holds it',
        ...['', 'Launch permissions'],
        '  us-east-1  ami-1  withdrawn: UserId=1  left, as publishing did not give it: Group=all',
        ...['', 'Set when it was published, and not set back: change what still names it'],
        '  us-east-1                          launch template lt-1   ami-1',
        '  eu-west-1 of account 111111111111  SSM parameter /golden  ami-2',
        ...['', 'AMIs of other accounts, which may go on launching them', '  eu-west-1 of account 111111111111  ami-2'],
        '',
      ].join('\n'),
    );
    expect(sent('revoke-image')).toEqual([{ image: arn, reason: 'CVE', withdraw: true }]);
  });
});

describe('channels', () => {
  beforeEach(() => {
    const item = (state: object) => attribute({ state }).M;
    const other = { ...channel, name: 'other', channel: 'dev', image: undefined, amis: {}, history: [] };
    stack.cloud.answers.Query = () => json({ Items: [item(JSON.parse(JSON.stringify(other))), item(channel)] });
    stack.cloud.answers.GetItem = () => json({ Item: item(channel) });
  });
  test('are listed with image, time and regions; by name where one is given', async () => {
    const { code, out, errors } = await command(stack, ['channels']);
    expect(code, errors).toBe(0);
    expect(out).toBe(
      [
        'hello-web/prod  hello-web/1.0.0/1  since 2026-11-27T10:00:00Z  us-east-1, eu-west-1',
        'other/dev       no image',
        '',
      ].join('\n'),
    );
    expect(JSON.parse((await command(stack, ['channels', 'Hello_Web', '--output', 'json'])).out)).toEqual([channel]);
  });
  test('of a name that has none', async () => {
    const { out } = await command(stack, ['channels', 'none']);
    expect(out).toBe('There are no channels of none yet: `./image-builder promote <image> <channel>` makes one.\n');
  });
  test('have a history', async () => {
    expect((await command(stack, ['channels', 'history', 'hello-web', 'prod'])).out).toBe(
      [
        '2026-11-27T10:00:00Z  promoted    hello-web/1.0.0/1  from hello-web/1.0.0/0  by arn:aws:iam::1:user/ann',
        '2026-11-26T10:00:00Z  moved back  no image           from hello-web/1.0.0/0  CVE-2026-1',
        '',
      ].join('\n'),
    );
    stack.cloud.answers.GetItem = () => json({});
    const none = await command(stack, ['channels', 'history', 'hello-web', 'dev']);
    expect([none.code, none.errors]).toEqual([2, expect.stringContaining('There is no channel dev of hello-web')]);
  });
});
