import { describe, expect, test } from 'vitest';
import { check, findingText } from '../../shared/model/check.ts';
import { pipelineSchema } from '../../shared/model/pipeline-schema.ts';
import { largestFiles, putResourcesInputSchema } from '../../shared/model/put-resources.ts';
import { startBuildInputSchema } from '../../shared/model/start-build.ts';

const recipe = { name: 'web', semanticVersion: '1.0.0', parentImage: 'ami-0123456789abcdef0' };
const file = { source: 'a', destination: '/a' };

function findings(input: unknown): string[] {
  return check(putResourcesInputSchema, input).findings.map(findingText);
}

describe('put-resources', () => {
  test('takes documents, a pipeline and files', () => {
    const input = {
      components: [{ name: 'install', semanticVersion: '1.0.0', data: 'x' }],
      pipeline: {
        name: 'web',
        imageRecipe: { ...recipe, components: [{ component: 'install/1.0.0' }], files: [file] },
      },
      files: [{ ...file, content: 'aGVsbG8=' }],
    };
    const { output } = check(putResourcesInputSchema, input);
    expect(output?.pipeline?.imageRecipe).toMatchObject({
      components: [{ component: 'install/1.0.0', parameters: {} }],
    });
    expect(check(putResourcesInputSchema, output).output).toEqual(output);
  });

  test('wants no paths, each component once, and the content of each file', () => {
    const component = { name: 'install', semanticVersion: '1.0.0', data: 'x' };
    const input = {
      components: [component, component],
      pipeline: {
        name: 'web',
        imageRecipe: { ...recipe, components: [{ component: 'a/install.yml' }], files: [file] },
      },
    };
    expect(findings(input)).toEqual([
      'pipeline.imageRecipe.components[0].component: expected name/x.x.x (whoever registers a recipe sends the documents and replaces their paths), found "a/install.yml"',
      'pipeline.imageRecipe.files[0].destination: expected the content of this file in `files`, found "/a"',
      'components[1].name: expected each component once, found "install"',
    ]);
  });

  test('wants something, and no files of nobody', () => {
    expect(findings({ dryRun: true, components: [] })).toEqual(['expected something to register']);
    expect(
      findings({
        files: [{ ...file, content: '' }],
        components: [{ name: 'install', semanticVersion: '1.0.0', data: 'x' }],
      }),
    ).toEqual(['files: expected the pipeline whose files these are']);
  });

  test('wants small files', () => {
    const content = Buffer.alloc(largestFiles / 2 + 3).toString('base64');
    const files = ['/a', '/b'].map((destination) => ({ source: 's', destination, content }));
    const input = { pipeline: { name: 'web', imageRecipe: recipe }, files };
    expect(findings(input)).toEqual([
      `files: expected at most ${largestFiles} bytes of files in all (fetch larger ones with S3Download)`,
    ]);
  });

  test('says all that is wrong with a pipeline, by path', () => {
    expect(findings({ pipeline: { name: 1, imageRecipe: { ...recipe, amitags: {} } } })).toEqual([
      'pipeline.name: expected a text, found the number 1',
      'pipeline.imageRecipe.amitags: unknown key "amitags": did you mean amiTags?',
    ]);
  });
});

describe('start-build', () => {
  test('wants a pipeline by name or by ARN', () => {
    const arn = 'arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/web';
    expect(check(startBuildInputSchema, { imagePipelineName: 'web' }).findings).toEqual([]);
    expect(check(startBuildInputSchema, { imagePipelineArn: arn, clientToken: 'a' }).findings).toEqual([]);
    const neither = check(startBuildInputSchema, {}).findings.map(findingText);
    expect(neither).toEqual([
      'expected exactly one of imagePipelineName, imagePipelineArn, retryOf and distribution (which may name a pipeline too)',
    ]);
    expect(check(startBuildInputSchema, { imagePipelineName: 'web', imagePipelineArn: arn }).findings).toHaveLength(1);
    expect(check(startBuildInputSchema, { imagePipelineName: 'web', contentHash: 'a'.repeat(64) }).findings).toEqual(
      [],
    );
    expect(check(startBuildInputSchema, { imagePipelineName: 'web', contentHash: 'newest' }).findings).toHaveLength(1);
  });
});

test('a pipeline survives JSON and a second check', () => {
  const { output } = check(pipelineSchema, { name: 'web', imageRecipe: recipe });
  expect(check(pipelineSchema, JSON.parse(JSON.stringify(output))).output).toEqual(output);
});
