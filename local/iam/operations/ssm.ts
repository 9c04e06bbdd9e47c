// What Systems Manager's operations need: documents and the instances they run on, and parameters by name.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
import type { Caller, Input } from '../../service.ts';
import { anywhere, type Facts, listOf, type Need, type Needs, need, tagKeys } from '../need.ts';

function sendCommand(input: Input, caller: Caller, facts: Facts): Need[] {
  const { accountId, region } = caller;
  const name = String(input.DocumentName ?? '');
  // Documents of AWS have no account.
  const owner = name.startsWith('AWS-') ? '' : accountId;
  const document = name.startsWith('arn:') ? name : `arn:aws:ssm:${region}:${owner}:document/${name}`;
  return [
    need('ssm:SendCommand', document),
    ...listOf(input.InstanceIds).map((id) => {
      const tags = facts.find(String(id))?.tags ?? {};
      return need('ssm:SendCommand', `arn:aws:ec2:${region}:${accountId}:instance/${id}`, {
        ...tagKeys('ssm:resourceTag', tags),
        ...tagKeys('aws:ResourceTag', tags),
      });
    }),
  ];
}

function parameterArn(name: unknown, { accountId, region }: Caller): string {
  const text = String(name);
  if (text.startsWith('arn:')) return text.replace(/(?<=:parameter\/[^:]*):.*$/, '');
  const owner = text.startsWith('/aws/service/') ? '' : accountId;
  return `arn:aws:ssm:${region}:${owner}:parameter/${text.replace(/^\//, '').replace(/:.*$/, '')}`;
}

const parameters =
  (action: string, field: string) =>
  (input: Input, caller: Caller): Need[] =>
    listOf(input[field]).map((name) => need(`ssm:${action}`, parameterArn(name, caller)));

export const ssmNeeds: Needs = {
  SendCommand: sendCommand,
  ...Object.fromEntries(
    [
      'GetCommandInvocation',
      'ListCommands',
      'ListCommandInvocations',
      'CancelCommand',
      'DescribeInstanceInformation',
      'DescribeParameters',
    ].map((action) => [action, anywhere(`ssm:${action}`)]),
  ),
  GetParameter: parameters('GetParameter', 'Name'),
  GetParameters: parameters('GetParameters', 'Names'),
  GetParametersByPath: parameters('GetParametersByPath', 'Path'),
  PutParameter: (input, caller) => {
    const tags = Object.fromEntries(
      (listOf(input.Tags) as Input[]).map(({ Key, Value }) => [String(Key), String(Value)]),
    );
    const context = { ...tagKeys('aws:RequestTag', tags), 'aws:TagKeys': Object.keys(tags) };
    const resource = parameterArn(input.Name, caller);
    return [
      need('ssm:PutParameter', resource, { ...context, 'ssm:Overwrite': String(input.Overwrite ?? false) }),
      ...(Object.keys(tags).length > 0 ? [need('ssm:AddTagsToResource', resource, context)] : []),
    ];
  },
  DeleteParameter: parameters('DeleteParameter', 'Name'),
  DeleteParameters: parameters('DeleteParameters', 'Names'),
  AddTagsToResource: parameters('AddTagsToResource', 'ResourceId'),
  RemoveTagsFromResource: parameters('RemoveTagsFromResource', 'ResourceId'),
  ListTagsForResource: parameters('ListTagsForResource', 'ResourceId'),
};
