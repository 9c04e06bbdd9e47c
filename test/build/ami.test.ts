import { describe, expect, it } from 'vitest';
import { amiName, amiOutcome, copyImageRequest, createImageRequest, filledTags } from '../../shared/build/ami.ts';
import { planOf } from '../phase/world.ts';

const created = '2026-11-23T10:00:00.000Z';
const name = (template: string | undefined, recipe = 'hello') =>
  amiName(template, { recipeName: recipe, semanticVersion: '1.2.3', dateCreated: created, build: 7 });

describe('AMI names', () => {
  it('are recipe and build date without a template', () => {
    expect(name(undefined)).toBe('hello 2026-11-23T10-00-00.000Z');
  });
  it('fill in build date and build version', () => {
    expect(name('web-{{ imagebuilder:buildVersion }}-{{imagebuilder:buildDate}}')).toBe(
      'web-7-2026-11-23T10-00-00.000Z',
    );
  });
  it.each([
    ['{{ imagebuilder:buildDate:yyyy-MM-dd }}', '2026-11-23'],
    ['x{{imagebuilder:buildDate:yyyyMMddHHmmss}}', 'x20261123100000'],
    ['{{ imageRecipe.name }}-{{ imageRecipe.semanticVersion }}', 'hello-1.2.3'],
  ])('%s becomes %s', (template, filled) => expect(name(template)).toBe(filled));
  it('never lose their date: the longest recipe name still has room for it', () => {
    const long = name(undefined, 'a'.repeat(128));
    expect(long).toHaveLength(125);
    expect(long.endsWith(' 2026-11-23T10-00-00.000Z')).toBe(true);
  });
  it('white space other than blanks becomes a blank', () => {
    expect(name('hello\n\tworld')).toBe('hello world');
  });
  it.each(['{{ imagebuilder:buildVersion }}', 'café au lait', 'a'.repeat(129)])('%s is refused by name', (template) => {
    expect(() => name(template)).toThrow(/^The AMI name ".*is not one that EC2 accepts: 3 to 128/);
    expect(() => name(template)).toThrow(expect.objectContaining({ name: 'InvalidRequestError' }));
  });
});

describe('tags of AMIs', () => {
  const values = { recipeName: 'hello', semanticVersion: '1.2.3', dateCreated: created, build: 7 };
  it('say when and as which build the AMI was made, where their values ask for it', () => {
    expect(
      filledTags(
        {
          Built: '{{imagebuilder:buildDate}}',
          Day: 'on {{ imagebuilder:buildDate:yyyy-MM-dd }}',
          Build: '{{ imagebuilder:buildVersion }}',
          As: '{a}: {{ b }}',
        },
        values,
      ),
    ).toEqual({ Built: '2026-11-23T10-00-00.000Z', Day: 'on 2026-11-23', Build: '7', As: '{a}: {{ b }}' });
  });
  it('that become too long are refused by name', () => {
    expect(() =>
      filledTags({ Long: `${'a'.repeat(240)}{{imageRecipe.name}}` }, { ...values, recipeName: 'b'.repeat(20) }),
    ).toThrow(/^The tag Long \(from "a+\{\{imageRecipe\.name\}\}"\) has 260 characters, and EC2 takes 256\./);
  });
});

describe('requests for AMIs', () => {
  const owner = { stackId: 'the-stack', image: 'the-image', entry: 'CopyRegion#1#0' };
  it('shut the builder down and tag image and snapshots in the same call', () => {
    const request = createImageRequest(planOf('x/1'), 'i-1', owner);
    expect(request).toMatchObject({ InstanceId: 'i-1', Name: 'hello 1', NoReboot: false });
    expect(request.TagSpecifications.map(({ ResourceType }) => ResourceType)).toEqual(['image', 'snapshot']);
  });
  it('a copy with a key is encrypted, one without says nothing of it', () => {
    const plan = planOf('x/1');
    const to = plan.distributions[1]!;
    expect(copyImageRequest(plan, { ...to, kmsKeyId: 'key' }, 'ami-1', 'token', owner)).toMatchObject({
      SourceImageId: 'ami-1',
      SourceRegion: 'us-east-1',
      ClientToken: 'token',
      Encrypted: true,
      KmsKeyId: 'key',
    });
    expect(copyImageRequest(plan, to, 'ami-1', 'token', owner)).not.toHaveProperty('Encrypted');
  });
});

describe('what becomes of an AMI', () => {
  it('available is success; pending and not yet visible say nothing', () => {
    expect(amiOutcome({ id: 'ami-1', state: 'available' }, 'eu-west-1')).toEqual({ ok: true });
    expect(amiOutcome({ id: 'ami-1', state: 'pending' }, 'eu-west-1')).toBeUndefined();
    expect(amiOutcome(undefined, 'eu-west-1')).toBeUndefined();
  });
  it('failed tells EC2’s reason and the region', () => {
    expect(amiOutcome({ id: 'ami-1', state: 'failed', reason: 'Server.InternalError: x' }, 'eu-west-1')).toEqual({
      ok: false,
      error: 'ResourceFailedError',
      cause: 'AMI ami-1 in eu-west-1 is failed instead of available: Server.InternalError: x.',
    });
  });
});
