// An event, patterns that match it and patterns that do not: for our matcher and for others.

export const event = {
  source: 'aws.ec2',
  'detail-type': 'EC2 AMI State Change',
  resources: ['arn:aws:ec2:eu-central-1::image/ami-1', 'arn:aws:ec2:eu-central-1::image/ami-2'],
  detail: {
    State: 'available',
    size: 8,
    ratio: 0.5,
    ready: true,
    owner: null,
    empty: '',
    nested: {
      list: [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
    },
  },
};
export const detail = (name: string, ...wanted: unknown[]) => ({ detail: { [name]: wanted } });

type Case = [what: string, pattern: object];

export const matching: Case[] = [
  ['an exact text', { source: ['aws.ec2'] }],
  ['one of several', { source: ['aws.ssm', 'aws.ec2'] }],
  ['an exact number', detail('size', 8.0)],
  ['a boolean', detail('ready', true)],
  ['null', detail('owner', null)],
  ['an empty text', detail('empty', '')],
  ['any element of an array of the event', { resources: ['arn:aws:ec2:eu-central-1::image/ami-2'] }],
  ['a field inside an array of objects', { detail: { nested: { list: { a: [2] } } } }],
  ['prefix', detail('State', { prefix: 'avail' })],
  ['prefix without case', detail('State', { prefix: { 'equals-ignore-case': 'AVAIL' } })],
  ['suffix', detail('State', { suffix: 'able' })],
  ['equals-ignore-case', detail('State', { 'equals-ignore-case': 'AVAILABLE' })],
  ['wildcard', { resources: [{ wildcard: 'arn:aws:ec2:*:image/ami-*' }] }],
  ['anything-but a text', detail('State', { 'anything-but': 'pending' })],
  ['anything-but a list', detail('State', { 'anything-but': ['pending', 'failed'] })],
  ['anything-but a prefix', detail('State', { 'anything-but': { prefix: 'pend' } })],
  ['anything-but a wildcard', detail('State', { 'anything-but': { wildcard: 'p*g' } })],
  ['numeric', detail('size', { numeric: ['>', 5, '<=', 8] })],
  ['numeric equality', detail('ratio', { numeric: ['=', 0.5] })],
  ['exists', detail('State', { exists: true })],
  ['exists false', detail('ErrorMessage', { exists: false })],
  ['exists false below nothing', { detail: { no: { such: [{ exists: false }] } } }],
  ['exists false of an object, which is no leaf', { detail: { nested: [{ exists: false }] } }],
  ['$or', { detail: { $or: [{ State: ['failed'] }, { size: [{ numeric: ['<', 10] }] }] } }],
  ['$or beside another field', { source: ['aws.ec2'], $or: [{ source: ['x'] }, { detail: { State: ['available'] } }] }],
];

export const notMatching: Case[] = [
  ['another text', { source: ['aws.ssm'] }],
  ['a number written as text', detail('size', '8')],
  ['a text in another case', detail('State', 'AVAILABLE')],
  ['a missing field', detail('ErrorMessage', 'x')],
  ['null for a missing field', detail('ErrorMessage', null)],
  ['fields of two different objects of an array', { detail: { nested: { list: { a: [1], b: ['y'] } } } }],
  ['anything-but of what is there', detail('State', { 'anything-but': ['available'] })],
  ['anything-but of a missing field', detail('ErrorMessage', { 'anything-but': ['x'] })],
  ['exists false of what is there', detail('owner', { exists: false })],
  ['exists true of an object', { detail: { nested: [{ exists: true }] } }],
  ['numeric of a text', detail('State', { numeric: ['>', 0] })],
  ['a wildcard that stops short', detail('State', { wildcard: 'avail' })],
  ['a wildcard taken literally', detail('State', { wildcard: 'a.*' })],
  ['only one of two fields', { source: ['aws.ec2'], 'detail-type': ['x'] }],
  ['no branch of $or', { $or: [{ source: ['x'] }, { source: ['y'] }] }],
];
