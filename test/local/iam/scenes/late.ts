// Builds that end while a function is making something: what was made is taken back.
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { imageArn, longAgo, of, untested } from '../builds.ts';
import type { Stage } from '../stage.ts';

/** As Cleanup does; the entries of what is made in this moment are taken out, since Cleanup would wait for them for minutes. */
export async function closeLedger({ now, update }: Stage, name: string, ...texts: string[]): Promise<void> {
  const entries = texts.flatMap((text) => /serverless-image-builder:entry","Value":"([^"]+)"/.exec(text)?.[1] ?? []);
  const remove = entries.length > 0 ? ` REMOVE ${entries.map((_, index) => `entries.#e${index}`).join(', ')}` : '';
  await update(imageArn(name), 'ledger', `SET closed = if_not_exists(closed, :at)${remove}`, {
    ...(remove && { names: Object.fromEntries(entries.map((entry, index) => [`#e${index}`, entry])) }),
    values: { ':at': { S: new Date(now()).toISOString() } },
  });
}

/** A build that is cancelled in the very moment in which it makes something. */
export function overtaken(
  stage: Stage,
  operation: string,
  more: object = {},
  name = `late-${operation.toLowerCase()}`,
): Promise<unknown> {
  // The first command waits for the agent, and is sent again until there is one.
  stage.before({ operation, about: of(name) }, async (text) =>
    text.includes('wait until ready') ? undefined : closeLedger(stage, name, text),
  );
  return stage.run(name, ['works'], { ...untested, ...more });
}

/** The same for a tester and copies, in the home region too, which are made at the same time: the build ends when all are under way. */
export async function overtakenTogether(stage: Stage): Promise<unknown> {
  const name = 'late-together';
  const kms = stage.held(new KMSClient(stage.settings));
  const kmsKeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  const home = { region: 'us-east-1', amiDistributionConfiguration: { kmsKeyId } };
  const distributionConfiguration = { distributions: [home, { region: 'eu-west-1' }] };
  const arrived: string[] = [];
  const closed = Promise.withResolvers<void>();
  for (const operation of ['RunInstances', 'CopyImage'])
    stage.before({ operation, about: of(name) }, async (text) => {
      if (text.includes('Build instance')) return;
      if (arrived.push(text) === 3) closed.resolve(closeLedger(stage, name, ...arrived));
      await closed.promise;
    });
  return stage.run(name, ['works', 'test'], { distributionConfiguration });
}

/** When a role begins to release what a build has, its copy still has a slot, for which a stranger waits. */
export function slotToFree({ beforeTheFirst, dynamodb, tableName, update }: Stage, role: string, name: string): void {
  beforeTheFirst({ operation: 'UpdateItem', about: of(name), role: new RegExp(role) }, async () => {
    const pk = 'copy-slots#000000000000#eu-west-1';
    const asked = { N: String(Date.parse(longAgo)) };
    const snapshots = { N: '1' };
    await update(pk, 'slots', 'SET held.#copy = :slot ADD #version :one', {
      names: { '#copy': `${imageArn(name)} CopyRegion#1#0`, '#version': 'version' },
      values: { ':slot': { M: { asked, snapshots } }, ':one': { N: '1' } },
    });
    const copy = `${imageArn('stranger')} CopyRegion#${role}`;
    const token = { S: `AQCAAAAKgAAAAMAAAA${'A'.repeat(640)}` };
    const Item = { pk: { S: pk }, sk: { S: `waiting#${longAgo}#${copy}` }, copy: { S: copy }, asked, snapshots, token };
    await dynamodb.send(new PutItemCommand({ TableName: tableName, Item }));
  });
}
