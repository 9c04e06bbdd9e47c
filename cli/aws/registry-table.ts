// What is registered, read from the stack's table.
import type { ResourceType } from '../../shared/model/arns.ts';
import { lifecyclePartition } from '../../shared/model/lifecycle.ts';
import type { LifecyclePolicy } from '../../shared/model/lifecycle-policy-schema.ts';
import { normalisedName } from '../../shared/model/names.ts';
import type { PipelineDefinition } from '../../shared/model/pipeline-schema.ts';
import type { PutResourcesRequest } from '../../shared/model/put-resources.ts';
import { formatVersion, parseVersionSortKey } from '../../shared/model/versions.ts';
import { attempt } from './attempt.ts';
import type { Connection } from './connection.ts';

export type RegisteredPipeline = {
  pipeline: PipelineDefinition;
  files: NonNullable<PutResourcesRequest['files']>;
  dateUpdated: string;
};

export type RegisteredLifecyclePolicy = {
  name: string;
  description?: string;
  policy: LifecyclePolicy;
  dateUpdated: string;
};

/** `version` is `1.0.0/2` for components and `1.0.0` for recipes; the rest is as it was registered. */
export type RegisteredVersion = { version: string; dateCreated?: string } & Record<string, unknown>;

export type RegistryTable = {
  /** Names in ARN form; one whose resource is gone may be among them. */
  names(type: ResourceType): Promise<string[]>;
  pipeline(name: string): Promise<RegisteredPipeline | undefined>;
  lifecyclePolicy(name: string): Promise<RegisteredLifecyclePolicy | undefined>;
  /** Newest first. */
  versions(type: 'component' | 'image-recipe', name: string): Promise<RegisteredVersion[]>;
};

type Item = Record<string, unknown>;

export function registryTable(connection: Connection, TableName: string): RegistryTable {
  let opened: ReturnType<typeof open> | undefined;
  const table = () => {
    opened ??= open(connection);
    return opened;
  };
  const query = (pk: string, what: string, ScanIndexForward = true) =>
    attempt(`list ${what} in the table ${TableName}`, async () => {
      const { client, QueryCommand } = await table();
      const items: Item[] = [];
      let ExclusiveStartKey: Item | undefined;
      do {
        const page = await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': pk },
            ConsistentRead: true,
            ScanIndexForward,
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        );
        items.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return items;
    });
  return {
    names: async (type) => (await query(`kind#${type}`, `what there is of type ${type}`)).map(({ sk }) => String(sk)),
    pipeline: (name) =>
      attempt(`read the pipeline ${name} from the table ${TableName}`, async () => {
        const { client, GetCommand } = await table();
        const Key = { pk: `pipeline#${normalisedName(name)}`, sk: 'pipeline' };
        const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
        return Item as RegisteredPipeline | undefined;
      }),
    lifecyclePolicy: (name) =>
      attempt(`read the lifecycle policy ${name} from the table ${TableName}`, async () => {
        const { client, GetCommand } = await table();
        const Key = { pk: lifecyclePartition(normalisedName(name)), sk: 'policy' };
        const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
        return Item as RegisteredLifecyclePolicy | undefined;
      }),
    versions: async (type, name) => {
      const items = await query(`${type}#${normalisedName(name)}`, `versions of ${name}`, false);
      return items.flatMap(({ pk: _, sk, hash: __, ...item }) => {
        const key = parseVersionSortKey(String(sk));
        if (!key) return [];
        const number = formatVersion(key.version);
        return [{ ...item, version: type === 'component' ? `${number}/${key.build}` : number }];
      });
    },
  };
}

async function open(connection: Connection) {
  const [{ DynamoDBClient }, { DynamoDBDocumentClient, GetCommand, QueryCommand }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/lib-dynamodb'),
  ]);
  return { client: DynamoDBDocumentClient.from(new DynamoDBClient(connection)), GetCommand, QueryCommand };
}
