// The families of AMIs that AWS announces on topics, and which parent images come from them.

/** AMI names and public parameters of a family begin like this; topics that tell of it are called so (Amazon Linux, ECS and EC2 Windows user guides). */
const families = [
  {
    family: 'ecs-amazon-linux-2023',
    ami: 'al2023-ami-ecs-',
    parameter: '/aws/service/ecs/optimized-ami/amazon-linux-2023/',
    topic: 'ecs-optimized-amazon-ami-update',
  },
  {
    family: 'ecs-amazon-linux-2',
    ami: 'amzn2-ami-ecs-',
    parameter: '/aws/service/ecs/optimized-ami/amazon-linux-2/',
    topic: 'ecs-optimized-amazon-ami-update',
  },
  {
    family: 'amazon-linux-2023',
    ami: 'al2023-ami-',
    parameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-',
    topic: 'amazon-linux-2023-ami-updates',
  },
  {
    family: 'amazon-linux-2',
    ami: 'amzn2-ami-',
    parameter: '/aws/service/ami-amazon-linux-latest/amzn2-ami-',
    topic: 'amazon-linux-2-ami-updates',
  },
  {
    family: 'amazon-linux',
    ami: 'amzn-ami-',
    parameter: '/aws/service/ami-amazon-linux-latest/amzn-ami-',
    topic: 'amazon-linux-ami-updates',
  },
  {
    family: 'windows',
    ami: 'Windows_Server-',
    parameter: '/aws/service/ami-windows-latest/',
    topic: 'ec2-windows-ami-update',
  },
] as const;

export type Family = (typeof families)[number]['family'];

/** Accounts that own these AMIs, and the alias that stands for all of Amazon's. */
const owners = ['amazon', '137112412989', '591542846629', '801119661308'];

/** The family of an AMI by its name: the most special one. */
export const familyOfAmi = (name: string): Family | undefined =>
  families.find(({ ami }) => name.startsWith(ami))?.family;

/** What a topic of AWS tells of; empty for any other topic. */
export function familiesOfTopic(topicArn: string): Family[] {
  const [, , , , account = '', name = ''] = topicArn.split(':');
  const ofAws = ['137112412989', '177427601217', '801119661308', '077303321853'].includes(account);
  return ofAws ? families.filter(({ topic }) => name === topic).map(({ family }) => family) : [];
}

/** The name of a parameter, from its name or ARN; a leading slash makes no difference. */
export const parameterName = (parameter: string) => parameter.replace(/^arn:[^/]*:parameter/, '').replace(/^\//, '');

export type ParentReference = string | { owner: string; name: string };

/** What news of a parent image can be about: a family, or a parameter. */
export type ParentSource = Family | `ssm:${string}`;

/** Where a parent image comes from; an AMI id comes from nowhere, and an image built here is announced by its own event. */
export function parentSources(parent: ParentReference): ParentSource[] {
  if (typeof parent === 'string') {
    if (!parent.startsWith('ssm:')) return [];
    const name = parameterName(parent.slice('ssm:'.length));
    const known = families.filter(({ parameter }) => `/${name}`.startsWith(parameter)).map(({ family }) => family);
    return [`ssm:${name}`, ...known];
  }
  if (!owners.includes(parent.owner)) return [];
  const [literal = ''] = parent.name.split(/[*?]/);
  const pattern = literal.length < parent.name.length;
  return families
    .filter(({ ami }) => literal.startsWith(ami) || (pattern && ami.startsWith(literal)))
    .map(({ family }) => family);
}
