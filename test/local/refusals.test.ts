// Faults that a file asks for: by service, operation, region and account, from the moment in which the file is there.
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { refusals, refusing } from '../../local/refusals.ts';
import type { Service } from '../../local/service.ts';
import { type Door, openDoor, temporaryDirectory } from './door/open-door.ts';

const directory = temporaryDirectory();
const file = join(directory.path, 'refusals.json');
const services: Service[] = [
  {
    ...{ signingName: 'kms', protocol: 'json', targetPrefix: 'TrentService', jsonVersion: '1.1' },
    operations: { DescribeKey: () => ({ KeyMetadata: { KeyId: '1' } }) },
  },
  {
    ...{ signingName: 'sts', protocol: 'query', version: '2011-06-15' },
    operations: { GetCallerIdentity: () => ({ Account: '000000000000' }) },
  },
];
let door: Door;
beforeAll(async () => {
  const refuse = refusals(directory.path);
  door = await openDoor(
    services.map((service) => refusing(service, refuse)),
    directory.path,
  );
});
beforeEach(() => rmSync(file, { force: true }));
afterAll(async () => {
  await door.close();
  directory.remove();
});

let written = 0;
function ask(faults: unknown): void {
  writeFileSync(file, typeof faults === 'string' ? faults : JSON.stringify(faults));
  // Two files of one millisecond are two files.
  utimesSync(file, 1_700_000_000 + ++written, 1_700_000_000 + written);
}
const look = (region = 'eu-west-1', account = '000000000000') =>
  new KMSClient(door.client({ region, account })).send(new DescribeKeyCommand({ KeyId: '1' }));
const fault = { service: 'kms', operation: 'DescribeKey', code: 'KMSInternalException' };

test('one region fails, and the others do not', async () => {
  ask([{ ...fault, region: 'eu-west-1', message: 'not here' }]);
  await expect(look()).rejects.toMatchObject({ name: 'KMSInternalException', message: 'not here' });
  await look('us-east-1');
  ask([{ ...fault, region: 'us-east-1' }]);
  await look();
  await expect(look('us-east-1')).rejects.toThrow('told to refuse DescribeKey');
  rmSync(file);
  await look('us-east-1');
});
test('one account fails, as often as is asked for', async () => {
  ask([{ ...fault, accountId: '111111111111', times: 1 }]);
  await look();
  await expect(look('eu-west-1', '111111111111')).rejects.toMatchObject({ name: 'KMSInternalException' });
  await look('eu-west-1', '111111111111');
});
test('in the form of each service', async () => {
  ask([{ service: 'sts', operation: 'GetCallerIdentity', code: 'Throttling', statusCode: 503 }]);
  const asked = new STSClient(door.client()).send(new GetCallerIdentityCommand({}));
  await expect(asked).rejects.toMatchObject({ name: 'Throttling', $metadata: { httpStatusCode: 503 } });
});
test.each([
  ['is no JSON', 'no'],
  ['is no list', {}],
  ['has an entry without a code', [{ service: 'kms', operation: 'DescribeKey' }]],
  ['has a key that is not known', [{ ...fault, regions: ['eu-west-1'] }]],
])('a file that %s is told to who calls', async (_, faults) => {
  ask(faults);
  await expect(look()).rejects.toMatchObject({
    name: 'InvalidRefusals',
    message: expect.stringContaining('refusals.json'),
  });
});
