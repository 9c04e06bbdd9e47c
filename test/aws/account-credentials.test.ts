// Credentials of a target account: asked once, refused in words that name account, role and what to do.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type LetsIn, sts } from '../../local/sts/service.ts';
import { credentialsIn } from '../../shared/aws/account-credentials.ts';
import { type Door, openDoor, temporaryDirectory } from '../local/door/open-door.ts';

const stackId = 'arn:aws:cloudformation:us-east-1:000000000000:stack/images/1';
const directory = temporaryDirectory();
let door: Door;
let asked: Parameters<LetsIn>[] = [];
let letsIn: LetsIn = () => true;

beforeAll(async () => {
  door = await openDoor([], directory.path);
  const service = sts(door.credentials, (...request) => {
    asked.push(request);
    return letsIn(...request);
  });
  await door.close();
  door = await openDoor([service], directory.path);
});
afterAll(async () => {
  await door.close();
  directory.remove();
});
beforeEach(() => {
  asked = [];
  letsIn = () => true;
  for (const [name, value] of Object.entries({
    ACCOUNTS: '111111111111,222222222222,333333333333',
    DISTRIBUTION_ROLE_NAME: 'distribution',
    PARTITION: 'aws',
    STACK_ID: stackId,
    AWS_LAMBDA_FUNCTION_NAME: 'images-copy-region',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_ENDPOINT_URL: door.client().endpoint as string,
  }))
    vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

test('are asked for once, for this stack, in the name of the function', async () => {
  const [one, other] = await Promise.all([credentialsIn('111111111111')(), credentialsIn('111111111111')()]);
  expect(other).toEqual(one);
  expect(await credentialsIn('111111111111')()).toEqual(one);
  expect(asked.map(([role, , externalId, session]) => [role, externalId, session])).toEqual([
    ['arn:aws:iam::111111111111:role/distribution', stackId, 'images-copy-region'],
  ]);
});

test('of an account that the stack was not deployed for are not asked for at all', async () => {
  await expect(credentialsIn('999999999999')()).rejects.toMatchObject({
    name: 'InvalidRequestError',
    message: expect.stringMatching(/^Account 999999999999 is none that this stack distributes to/),
  });
  vi.stubEnv('ACCOUNTS', 'none');
  await expect(credentialsIn('111111111111')()).rejects.toThrow('its parameter accounts says none');
  expect(asked).toEqual([]);
});

test('that are refused name account, role and what to deploy, and are asked for again', async () => {
  letsIn = () => false;
  const refused = credentialsIn('222222222222')();
  await expect(refused).rejects.toMatchObject({ name: 'AccessDeniedError' });
  const { message } = (await refused.catch((error: Error) => error)) as Error;
  expect(message).toMatch(
    /^Tried to assume role distribution of account 222222222222: AWS said AccessDenied: User: .* is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role\/distribution/,
  );
  expect(message).toContain(`Deploy distribution-role.yml into account 222222222222 with StackId=${stackId}`);
  letsIn = () => true;
  await expect(credentialsIn('222222222222')()).resolves.toMatchObject({ sessionToken: expect.any(String) });
});
