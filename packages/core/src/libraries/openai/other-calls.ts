/** What is recorded of OpenAI's calls that are no conversation: completions, embeddings, images, audio, moderation. */
import type { AttributeList } from '../../attributes.ts';
import { type Parameters, pushParameters } from '../models/request-attributes.ts';

/** The attributes of a request for an embedding. */
export function embeddingAttributes(body: unknown): AttributeList {
  const { model, dimensions, encoding_format: format } = (body ?? {}) as Parameters;
  const attributes: AttributeList = [];
  pushParameters(attributes, { model });
  if (typeof format === 'string') attributes.push('gen_ai.request.encoding_formats', [format]);
  if (typeof dimensions === 'number') attributes.push('gen_ai.embeddings.dimension.count', dimensions);
  return attributes;
}

/** The attributes of a request that has a model, and perhaps is streamed. */
export function modelAttributes(outputType: string | undefined): (body: unknown) => AttributeList {
  return (body) => {
    const { model, stream, n: choices } = (body ?? {}) as Parameters;
    const attributes: AttributeList = [];
    pushParameters(attributes, { model, stream, choices, outputType });
    return attributes;
  };
}
