// A SecureString through whole builds: whatever a component does with it, it stands nowhere but in Parameter Store and on the builder's own disk.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readStackOutputs } from '../../cli/aws/stack-outputs.ts';
import { groundFor, impossible, stateDirectory } from './ground.ts';
import { type Answer, build, type Image, imageBuilder } from './image-builder.ts';
import { type LocalCloud, startCloud } from './local-cloud.ts';
import { component, pipeline } from './pipeline-folder.ts';
import { heard, listen } from './status-events.ts';

if (impossible) console.warn(impossible);

const marker = 'MARKED-5f0c1e9b7a';
/** What may stay in the AMI, and so is found. */
const control = 'KEPT-1d4b7c';
const secret = '{{ aws:ssm:/db/password }}';

describe.skipIf(impossible)('a component that takes a SecureString', () => {
  const undo: (() => unknown)[] = [];
  let cloud: LocalCloud;
  let state: string;
  let folder: string;
  let topic: string;

  beforeAll(async () => {
    const directory = await stateDirectory();
    state = directory.path;
    undo.push(directory.remove);
    const ground = groundFor('secrets');
    folder = ground.path;
    undo.push(ground.remove);
    cloud = await startCloud(state);
    undo.push(cloud.stop);
    const ssm = new SSMClient(cloud.client);
    await ssm.send(new PutParameterCommand({ Name: '/db/password', Type: 'SecureString', Value: marker }));
    ssm.destroy();
    // Events and messages come to one queue.
    await listen(cloud);
    const sns = new SNSClient(cloud.client);
    const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
    topic = Topics.find(({ TopicArn = '' }) => /image/i.test(TopicArn))!.TopicArn!;
    const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:state-changes';
    await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint }));
    sns.destroy();
  }, 200_000);
  afterAll(async () => {
    for (const step of undo.reverse()) await step();
  });

  /** The local cloud has no metadata service: the region, and the CLI that asks with the instance's role, are stood in for. */
  const standIns = () => {
    const real = `real=$(type -aP curl | grep -v ^/usr/local/ | head -n 1)`;
    const scope = '000000000000/20260101/us-east-1/ssm/aws4_request';
    const key = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
    const ask = [
      '#!/bin/bash',
      real,
      `"$real" -sS -H 'authorization: ${key}' -H 'content-type: application/x-amz-json-1.1' -H 'x-amz-target: AmazonSSM.GetParameter' \\`,
      `  -d '{"Name":"/db/password","WithDecryption":true}' '${cloud.endpoint}'`,
    ];
    const metadata = [
      ...['#!/bin/bash', real, 'case "$*" in'],
      ...['*/api/token) echo token ;;', '*/placement/region) echo us-east-1 ;;', '*) exec "$real" "$@" ;;', 'esac'],
    ];
    return { aws: `${ask.join('\n')}\n`, curl: `${metadata.join('\n')}\n` };
  };
  const buildWith = (name: string, commands: string[], tests: string[] = ['true']) =>
    build(
      pipeline(
        folder,
        name,
        {
          components: [{ component: './uses.yml' }],
          files: ['aws', 'curl'].map((source) => ({ source, destination: `/usr/local/bin/${source}`, mode: '0755' })),
        },
        {
          ...standIns(),
          'uses.yml': component('uses', {
            build: [{ name: 'Use', commands }],
            test: [{ name: 'Look', commands: tests }],
          }),
        },
        { infrastructureConfiguration: { snsTopicArn: topic } },
      ),
      state,
      ['--verbose'],
    );

  /** Files below the state directory that hold a text, by their place in it: disks of instances and AMIs are among them. */
  const holding = (text: string) => {
    try {
      return execFileSync('grep', ['-rlaF', text, state], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map((path) => path.slice(state.length + 1));
    } catch (error) {
      if ((error as { status?: number }).status === 1) return [];
      throw error;
    }
  };

  /** What the tables hold, since their files may be compressed, and all that was told of an image. */
  async function told({ out, errors, image }: Answer & { image: Image }): Promise<string> {
    const show = (...command: string[]) => imageBuilder([...command, '--local', '--state-dir', state]);
    const tables = new DynamoDBClient(cloud.client);
    const { Items } = await tables.send(
      new ScanCommand({ TableName: (await readStackOutputs(cloud.client, 'local')).tableName }),
    );
    const machine = new SFNClient(cloud.client);
    const { events } = await machine.send(
      new GetExecutionHistoryCommand({ executionArn: image.executionArn, maxResults: 1000 }),
    );
    tables.destroy();
    machine.destroy();
    const answers = [
      await show('logs', image.arn),
      await show('images', 'show', image.arn),
      await show('images', 'show', image.arn, '--output', 'json'),
    ];
    return JSON.stringify([out, errors, Items, events, answers, await heard(cloud)]);
  }

  test('and prints it, keeps it in /tmp and fails with it tells nobody: what is told has ***', async () => {
    const failed = await buildWith('fails', [
      `password='${secret}'`,
      'echo "it is $password"; echo "$password" >/tmp/password',
      `echo "cannot log in with $password" >&2`,
      'exit 7',
    ]);
    expect(failed.image.state.status).toBe('FAILED');
    expect(failed.image.state.reason).toContain('cannot log in with ***');
    const all = await told(failed);
    expect(all).toContain('it is ***');
    expect(all).not.toContain(marker);
    expect(holding(marker)).toEqual([join('ssm', 'parameters.json')]);
  }, 200_000);

  test('and keeps it in /tmp and in a history has an AMI without it', async () => {
    const built = await buildWith(
      'passes',
      [
        `echo ${control} >/etc/kept; printf '%s' '${secret}' | tee /tmp/password /root/.bash_history | md5sum`,
        `echo '${secret}'`,
      ],
      ['test ! -e /tmp/password', 'test ! -e /root/.bash_history'],
    );
    expect(built.image.state).toEqual({ status: 'AVAILABLE' });
    expect(holding(control)).toContainEqual(expect.stringMatching(/\/etc\/kept$/));
    const all = await told(built);
    expect(all).toContain('***');
    expect(all).not.toContain(marker);
    expect(holding(marker)).toEqual([join('ssm', 'parameters.json')]);
  }, 200_000);
});
