import { describe, expect, test } from 'vitest';
import { componentArn, imageArn, imagePipelineArn, parseArn } from '../../shared/model/arns.ts';
import { componentNameOf, isName, normalisedName } from '../../shared/model/names.ts';
import { parseParentImage } from '../../shared/model/parent-image.ts';
import { parseComponentReference } from '../../shared/model/references.ts';

const home = { partition: 'aws', region: 'eu-west-1', accountId: '123456789012' };

describe('names', () => {
  test('are normalised as Image Builder does', () => {
    expect(normalisedName('My Web_Server')).toBe('my-web-server');
  });

  test.each(['ab', ' abc', 'abc ', 'a/b', 'ä'.repeat(3), 'a'.repeat(129)])('"%s" is none', (name) => {
    expect(isName(name)).toBe(false);
  });

  test('of components come from the stem of their file', () => {
    expect(componentNameOf('../components/Install_Web.yml')).toBe('install-web');
    expect(componentNameOf('./web.v2.YAML')).toBe('web.v2');
  });
});

describe('ARNs', () => {
  test('of images are written and read', () => {
    const arn = imageArn(home, 'Hello Web', '1.0.0', 3);
    expect(arn).toBe('arn:aws:imagebuilder:eu-west-1:123456789012:image/hello-web/1.0.0/3');
    expect(parseArn(arn)).toEqual({ ...home, type: 'image', name: 'hello-web', version: '1.0.0', build: 3 });
  });

  test('of components and pipelines too', () => {
    expect(parseArn(componentArn(home, 'web', '1.0.0', 1))).toMatchObject({ type: 'component', name: 'web', build: 1 });
    expect(parseArn(componentArn(home, 'web', '1.x.x', 1))).toBeUndefined();
    const pipeline = imagePipelineArn(home, 'Hello Web');
    expect(pipeline).toBe('arn:aws:imagebuilder:eu-west-1:123456789012:image-pipeline/hello-web');
    expect(parseArn(pipeline)).toEqual({ ...home, type: 'image-pipeline', name: 'hello-web' });
  });

  test.each([
    'arn:aws:imagebuilder:eu-west-1:123456789012:image/hello-web',
    'arn:aws:imagebuilder:eu-west-1:123456789012:image/hello-web/1.0.0/0',
    'arn:aws:imagebuilder:eu-west-1:123:image/hello-web/1.0.0/1',
    'arn:aws:ec2:eu-west-1::image/ami-0123',
    'hello-web',
  ])('%s is none', (text) => {
    expect(parseArn(text)).toBeUndefined();
  });
});

describe('references', () => {
  test.each([
    ['ami-0123456789abcdef0', { kind: 'ami', imageId: 'ami-0123456789abcdef0' }],
    [
      'ssm:/aws/service/debian/release/12/latest/amd64',
      { kind: 'ssm', parameter: '/aws/service/debian/release/12/latest/amd64' },
    ],
    ['hello-web/x.x.x', { kind: 'image', name: 'hello-web', version: {} }],
    [
      'arn:aws:imagebuilder:eu-west-1:123456789012:image/hello-web/1.0.0/3',
      { kind: 'image', name: 'hello-web', version: { major: 1, minor: 0, patch: 0, build: 3 } },
    ],
  ])('parent image %s', (text, reference) => {
    expect(parseParentImage(text)).toEqual(reference);
  });

  test.each([
    'ssm:',
    'ssm:a b',
    'ami-0123',
    'hello-web',
    'arn:aws:imagebuilder:eu-west-1:123456789012:component/web-one/1.0.0/3',
  ])('parent image %s is none', (text) => {
    expect(parseParentImage(text)).toBeUndefined();
  });

  test.each([
    ['components/web.yml', { kind: 'path', path: 'components/web.yml' }],
    ['./web.yaml', { kind: 'path', path: './web.yaml' }],
    ['web-server/1.2.x', { kind: 'registered', name: 'web-server', version: { major: 1, minor: 2 } }],
  ])('component %s', (text, reference) => {
    expect(parseComponentReference(text)).toEqual(reference);
  });

  test.each(['web.yml', 'web', 'web/latest', 'components/web.json'])('component %s is none', (text) => {
    expect(parseComponentReference(text)).toBeUndefined();
  });
});
