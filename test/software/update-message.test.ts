// Messages of update topics: ours, AWS's own, changes of parameters; anything else is told why it is nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { snsEventSchema } from '../../shared/phase/receive-update.ts';
import { parentSources } from '../../shared/software/parent-family.ts';
import { readUpdateMessage } from '../../shared/software/update-message.ts';
import { repository } from '../source-files.ts';

const ours = 'arn:aws:sns:eu-central-1:123456789012:updates';
const read = (message: unknown, topicArn = ours, subject?: string) =>
  readUpdateMessage(
    { topicArn, subject, message: typeof message === 'string' ? message : JSON.stringify(message) },
    'eu-central-1',
  );
const parents = (...list: string[]) => ({ updates: { packages: [], parents: list } });

describe('our own messages', () => {
  it('name one package, or several', () => {
    const full = {
      ...{ source: 'DSA-5764', package: 'openssl', version: '3.0.14', release: '1~deb12u2' },
      ...{ severity: 'high', arch: 'amd64' },
    };
    const openssl = {
      ...{ package: 'openssl', version: '3.0.14-1~deb12u2', arch: 'amd64' },
      ...{ severity: 'high', origin: 'DSA-5764' },
    };
    expect(read(full)).toEqual({ updates: { packages: [openssl], parents: [] } });
    expect(read([full, { package: 'libstdc++' }])).toEqual({
      updates: { packages: [openssl, { package: 'libstdc++' }], parents: [] },
    });
  });
  test.each([
    ['an unknown key', { package: 'curl', verison: '1' }, /verison/],
    ['a package that is none', { package: '../x' }, /^package: expected the name of a package/],
    ['a version that is none', { package: 'curl', version: '1; reboot' }, /^version: expected a version/],
    ['a release without version', { package: 'curl', release: '1' }, /expected a version beside release/],
    ['a wrong one among several', [{ package: 'curl' }, { package: 7 }], /^\[1\]\.package: /],
    ['too many', Array.from({ length: 501 }, () => ({ package: 'curl' })), /500/],
    ['an empty list', [], /no message that is known/],
    ['something else', { hello: 'world' }, /no message that is known/],
    ['a number', '7', /no message that is known/],
    ['text', 'openssl is out', /^it is neither JSON nor/],
    ['nothing', '', /^it is neither JSON nor/],
  ])('with %s are refused with the reason', (_, message, reason) => {
    expect(read(message)).toEqual({ problem: expect.stringMatching(reason) });
  });
  it('are not obeyed in their depth', () => {
    expect(read(`${'['.repeat(100_000)}${']'.repeat(100_000)}`).problem).toMatch(/no message that is known/);
  });
});

describe('messages of AWS', () => {
  const amazonLinux = (...names: string[]) => ({
    v1: {
      ReleaseVersion: '2018.03',
      ImageVersion: '2018.03.0.20190826',
      ReleaseNotes: 'https://aws.amazon.com/amazon-linux-ami/2018.03-release-notes/',
      Regions: { 'eu-central-1': names.map((Name) => ({ ImageId: 'ami-0123456789abcdef0', Name })) },
    },
  });
  const topic = (name: string) => `arn:aws:sns:us-east-1:137112412989:${name}`;

  it('of Amazon Linux tell the family by the names of the AMIs', () => {
    expect(read(amazonLinux('amzn-ami-hvm-2018.03.0.20190826-x86_64-gp2'))).toEqual(parents('amazon-linux'));
    expect(read(amazonLinux('al2023-ami-2023.5-x86_64', 'amzn2-ami-hvm-2.0-x86_64'))).toEqual(
      parents('amazon-linux-2023', 'amazon-linux-2'),
    );
  });
  it('for other regions only are no news', () => {
    const elsewhere = { v1: { Regions: { 'us-east-1': [{ ImageId: 'ami-1', Name: 'al2023-ami-2023' }] } } };
    expect(read(elsewhere)).toEqual(parents());
  });
  it('in another shape are news of the topic’s family, if the topic is AWS’s own', () => {
    const text = 'A new version of Amazon Linux 2023 is available.';
    expect(read(text, topic('amazon-linux-2023-ami-updates'))).toEqual(parents('amazon-linux-2023'));
    expect(read(amazonLinux('al2029-ami-1'), topic('amazon-linux-2-ami-updates'))).toEqual(parents('amazon-linux-2'));
    expect(read(text, 'arn:aws:sns:us-east-1:123456789012:amazon-linux-2023-ami-updates').problem).toBeDefined();
  });
  it('of ECS-optimized AMIs tell which system they have', () => {
    const image = (Name: string) => ({ Regions: { 'eu-central-1': { Name, ImageId: 'ami-0123456789abcdef0' } } });
    const message = {
      ECSAgent: { ReleaseVersion: '1.86.0' },
      ECSAmis: [image('amzn2-ami-ecs-hvm-2.0.20240815-x86_64-ebs'), image('al2023-ami-ecs-hvm-2023.0.20240815-x86_64')],
    };
    expect(read(message)).toEqual(parents('ecs-amazon-linux-2', 'ecs-amazon-linux-2023'));
  });
  it('of Windows are plain text', () => {
    const subject = 'New AMIs dated 2026.11.11 now available';
    expect(read('Dear customer, …', ours, subject)).toEqual(parents('windows'));
  });
  it('of EventBridge tell a parameter that has another value', () => {
    const event = (operation: string, region = 'eu-central-1') => ({
      ...{ version: '0', source: 'aws.ssm', 'detail-type': 'Parameter Store Change', region },
      detail: { name: '/images/base', operation, type: 'String' },
    });
    expect(read(event('Update'))).toEqual(parents('ssm:images/base'));
    expect(read(event('Delete'))).toEqual(parents());
    expect(read(event('Update', 'us-east-1'))).toEqual(parents());
    expect(read({ ...event('Update'), source: 'me' }).problem).toMatch(/^source: /);
  });
});

describe('a parent image', () => {
  test.each([
    ['ami-0123456789abcdef0', []],
    ['base/x.x.x', []],
    ['ssm:/images/base', ['ssm:images/base']],
    ['ssm:images', ['ssm:images']],
    ['ssm:arn:aws:ssm:eu-central-1:123456789012:parameter/images/base', ['ssm:images/base']],
    [
      'ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
      ['ssm:aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64', 'amazon-linux-2023'],
    ],
    [
      'ssm:/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id',
      ['ssm:aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id', 'ecs-amazon-linux-2'],
    ],
    [{ owner: 'amazon', name: 'al2023-ami-2023.*-x86_64' }, ['amazon-linux-2023']],
    [{ owner: '137112412989', name: 'al2023-*' }, ['ecs-amazon-linux-2023', 'amazon-linux-2023']],
    [{ owner: '123456789012', name: 'al2023-ami-2023*' }, []],
    [{ owner: 'amazon', name: 'al2023' }, []],
  ])('%j comes from %j', (parent, sources) => {
    expect(parentSources(parent)).toEqual(sources);
  });
});

describe('the sample events', () => {
  const sample = (name: string) => readFileSync(join(repository, 'events', `${name}.json`), 'utf8');
  const home = (name: string) => readUpdateMessage({ topicArn: ours, message: sample(name) }, 'us-east-1');
  test.each([
    ['news-package', { packages: [expect.objectContaining({ package: 'openssl', version: '3.0.14-1~deb12u2' })] }],
    ['news-packages', { packages: [{ package: 'openssl' }, { package: 'openssl-libs' }] }],
    ['news-amazon-linux', { parents: ['amazon-linux-2023'] }],
    ['news-ecs-optimized', { parents: ['ecs-amazon-linux-2023'] }],
    ['news-parameter', { parents: ['ssm:images/base'] }],
  ])('%s is read', (name, updates) => {
    expect(home(name)).toMatchObject({ updates });
  });
  test('news-package-sns is what SNS sends to the function', () => {
    const [record] = snsEventSchema.parse(JSON.parse(sample('news-package-sns'))).Records;
    expect(readUpdateMessage({ topicArn: ours, message: record!.Sns.Message }, 'us-east-1')).toMatchObject({
      updates: { packages: [{ package: 'openssl', version: '3.0.14-1~deb12u2' }] },
    });
  });
});
