// The parts that a pipeline has of its own: a test that expects them fails where there is a reference.
import { type Pipeline, type PipelineDefinition, pipelineSchema } from '../../shared/model/pipeline-schema.ts';

export const ownParts = (pipeline: PipelineDefinition): Pipeline => pipelineSchema.parse(pipeline);

export const ownRecipe = (pipeline: PipelineDefinition): Pipeline['imageRecipe'] => ownParts(pipeline).imageRecipe;
