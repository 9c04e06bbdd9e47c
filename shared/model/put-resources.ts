// What put-resources is called with and what it answers: a pipeline with its component documents and files.
import * as z from 'zod';
import { semanticVersionSchema } from './image-recipe-schema.ts';
import { nameSchema } from './names.ts';
import { pipelineSchema } from './pipeline-schema.ts';
import { parseComponentReference } from './references.ts';

/** Bytes of all files of a recipe together: they travel inside one Run Command, which holds 48 KiB of compressed base64. */
export const largestFiles = 32 * 1024;

/** Characters of one component document: Image Builder's quota of 64 KB for component data. */
export const largestDocument = 64 * 1024;

/** Characters of a pipeline as JSON: an item of the table holds 400 KB, and the plan repeats most of it. */
const largestPipeline = 128 * 1024;

const mostEntries = 100;

const componentSchema = z.strictObject({
  name: nameSchema,
  semanticVersion: semanticVersionSchema,
  data: z.string().min(1).max(largestDocument),
});

const shippedFileSchema = z.strictObject({
  source: z.string().min(1).max(4096),
  destination: z.string().min(1).max(4096),
  mode: z.string().max(5).optional(),
  owner: z.string().max(65).optional(),
  content: z.base64('expected base64').max(Math.ceil(largestFiles / 3) * 4),
});

export const putResourcesInputSchema = z
  .strictObject({
    /** Documents that the pipeline file names by path, under the stem of the file name. */
    components: z.array(componentSchema).max(mostEntries).default([]),
    /** Components by path are replaced by `name/version` of an entry above. */
    pipeline: pipelineSchema,
    files: z.array(shippedFileSchema).max(mostEntries).default([]),
  })
  .superRefine(({ components, pipeline, files }, context) => {
    for (const [index, { component }] of pipeline.imageRecipe.components.entries()) {
      if (parseComponentReference(component)?.kind !== 'path') continue;
      context.addIssue({
        code: 'custom',
        path: ['pipeline', 'imageRecipe', 'components', index, 'component'],
        message: 'expected name/x.x.x (whoever registers a pipeline sends the documents and replaces their paths)',
      });
    }
    const names = new Set<string>();
    for (const [index, { name }] of components.entries()) {
      if (!names.has(name)) {
        names.add(name);
        continue;
      }
      context.addIssue({
        code: 'custom',
        path: ['components', index, 'name'],
        message: 'expected each component once',
      });
    }
    const destinations = new Set(files.map(({ destination }) => destination));
    for (const [index, { destination }] of pipeline.imageRecipe.files.entries()) {
      if (destinations.has(destination)) continue;
      context.addIssue({
        code: 'custom',
        path: ['pipeline', 'imageRecipe', 'files', index, 'destination'],
        message: 'expected the content of this file in `files`',
      });
    }
    if (JSON.stringify(pipeline).length > largestPipeline)
      context.addIssue({
        code: 'custom',
        path: ['pipeline'],
        message: `expected a pipeline of at most ${largestPipeline} characters`,
      });
    const bytes = files.reduce((sum, { content }) => sum + Math.floor((content.length / 4) * 3), 0);
    if (bytes <= largestFiles) return;
    context.addIssue({
      code: 'custom',
      path: ['files'],
      message: `expected at most ${largestFiles} bytes of files in all (fetch larger ones with S3Download)`,
    });
  });

export type PutResourcesInput = z.output<typeof putResourcesInputSchema>;

export type PutResourcesOutput = {
  imagePipelineArn: string;
  /** Of pipeline, pinned components and files: with it start-build builds this registration, whatever is registered since. */
  contentHash: string;
  components: { name: string; componentBuildVersionArn: string; change: 'created' | 'unchanged' }[];
  change: 'created' | 'updated' | 'unchanged';
};
