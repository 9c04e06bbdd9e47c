import { expect, test } from 'vitest';
import { parseTemplate } from '../../../local/cloudformation/template-text.ts';

const text = `
Parameters:
  EventBusArn: { Type: String }
  Prefix: { Type: String, Default: image }
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: !Sub '\${Prefix}-\${AWS::Region}-\${!Literal}'
      Description: !Sub ['\${Prefix} to \${Bus}', { Bus: !Ref EventBusArn }]
      Targets:
        - Arn: !Ref EventBusArn
          RoleArn: !GetAtt Role.Arn
          Id: !Join ['-', [a, !Ref AWS::Region]]
`;

test('a template in YAML: the short forms become the long ones', () => {
  const { Parameters, Resources } = parseTemplate(text, 'regional.yml');
  expect(Parameters).toEqual({ EventBusArn: { Type: 'String' }, Prefix: { Type: 'String', Default: 'image' } });
  expect(Resources).toEqual({
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: { 'Fn::Sub': '${Prefix}-${AWS::Region}-${!Literal}' },
        Description: { 'Fn::Sub': ['${Prefix} to ${Bus}', { Bus: { Ref: 'EventBusArn' } }] },
        Targets: [
          {
            Arn: { Ref: 'EventBusArn' },
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            Id: { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }]] },
          },
        ],
      },
    },
  });
});

test('what is no template is told', () => {
  expect(() => parseTemplate('a: [', 'regional.yml')).toThrow('regional.yml is not YAML: ');
  expect(() => parseTemplate('a: 1', 'regional.yml')).toThrow('regional.yml is no template: it has no Resources');
});
