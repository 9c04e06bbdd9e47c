// Who stands at the door sees each call, and may refuse it, break its connection or hide what became of it.
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../../local/clock.ts';
import { type Call, ConnectionReset, type Intercept } from '../../../local/hooks.ts';
import { AwsError, type Service } from '../../../local/service.ts';
import { type Door, openDoor, temporaryDirectory } from './open-door.ts';

const directory = temporaryDirectory();
let door: Door;
let acted = 0;
let seen: Call[] = [];
let behave: Intercept;

const ssm: Service = {
  signingName: 'ssm',
  protocol: 'json',
  targetPrefix: 'AmazonSSM',
  operations: {
    GetParameter({ Name }) {
      acted += 1;
      if (Name === 'none') throw new AwsError('ParameterNotFound', 'No parameter none');
      return { Parameter: { Name } };
    },
  },
};

beforeAll(async () => {
  door = await openDoor([ssm], directory.path, realClock, (call, act) => {
    seen.push(call);
    return behave(call, act);
  });
});
afterAll(async () => {
  await door.close();
  directory.remove();
});
beforeEach(() => {
  acted = 0;
  seen = [];
  behave = (_, act) => act();
});

const get = async (Name: string, maxAttempts = 1) => {
  const client = new SSMClient({ ...door.client(), maxAttempts });
  try {
    return await client.send(new GetParameterCommand({ Name }));
  } finally {
    client.destroy();
  }
};

test('a call that is let through is answered, and so is the error of its service', async () => {
  expect((await get('one')).Parameter).toEqual({ Name: 'one' });
  await expect(get('none')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  expect(seen[0]).toMatchObject({ service: 'ssm', operation: 'GetParameter', caller: { region: 'eu-central-1' } });
  expect(acted).toBe(2);
});

test('a call may be refused in the words of its protocol, without effect', async () => {
  behave = () => Promise.reject(new AwsError('ThrottlingException', 'Rate exceeded'));
  await expect(get('one')).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(acted).toBe(0);
});

test('a connection may break after the effect; the tries of one call by a client have one id', async () => {
  behave = async (_, act) => {
    const answer = await act();
    if (acted === 1) throw new ConnectionReset();
    return answer;
  };
  expect((await get('one', 2)).Parameter).toEqual({ Name: 'one' });
  expect(acted).toBe(2);
  expect(new Set(seen.map(({ invocationId }) => invocationId)).size).toBe(1);
  expect(door.faults).toEqual([]);
});
