/** What is recorded of OpenAI's calls that are no conversation: completions, embeddings, images, audio, moderation. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';
import type { Answers } from '../models/api-promise.ts';
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

/** Answers with a model and tokens, some of them by other names. */
export const usageAnswers: Answers = {
  read(call, answer) {
    const { id, model, usage } = (answer ?? {}) as Parameters;
    call.setText('gen_ai.response.id', id);
    call.setText('gen_ai.response.model', model);
    call.setUsage({
      input: readProperty(usage, 'prompt_tokens') ?? readProperty(usage, 'input_tokens'),
      output: readProperty(usage, 'output_tokens'),
    });
  },
  readEvents(call) {
    return {
      read(event) {
        const usage = readProperty(event, 'usage');
        if (usage === undefined) return;
        call.setUsage({ input: readProperty(usage, 'input_tokens'), output: readProperty(usage, 'output_tokens') });
      },
    };
  },
};
