// Finds the parameters of Parameter Store that carry our tag.
import { imageTag, stackTag } from '../../shared/model/tags.ts';
import type { FoundResource } from '../report/ownership.ts';
import type { Connection } from './connection.ts';

// A filter by tag wants a value or the beginning of one (ParameterStringFilter: Equals and BeginsWith); ours is always an ARN.
const tagged = [{ Key: `tag:${imageTag}`, Option: 'BeginsWith', Values: ['arn:'] }];

export async function listParameters(connection: Connection): Promise<Omit<FoundResource, 'region'>[]> {
  const ssm = await import('@aws-sdk/client-ssm');
  const client = new ssm.SSMClient(connection);
  try {
    const found: Omit<FoundResource, 'region'>[] = [];
    for await (const { Parameters = [] } of ssm.paginateDescribeParameters({ client }, { ParameterFilters: tagged })) {
      for (const { Name = '', ARN = '' } of Parameters) {
        const { TagList = [] } = await client.send(
          new ssm.ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name }),
        );
        const image = TagList.find(({ Key }) => Key === imageTag)?.Value;
        const stack = TagList.find(({ Key }) => Key === stackTag)?.Value;
        found.push({
          kind: 'parameter',
          id: Name,
          accountId: ARN.split(':')[4] ?? '',
          state: 'available',
          ...(image && { image }),
          ...(stack && { stack }),
        });
      }
    }
    return found;
  } finally {
    client.destroy();
  }
}
