/**
 * Bedrock's runtime, by the GenAI conventions: `chat anthropic.claude-3`. Prompts and answers are not recorded. The span of a stream ends when the stream
 * begins, without tokens.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
import type { AttributeList } from '../../../attributes.ts';
import { readProperty } from '../../../read-property.ts';
import type { Operation } from '../../operation.ts';
import { listIn, numberIn, stringIn } from '../input-value.ts';
import type { Service } from '../service.ts';

export const bedrock: Service = {
  describe({ name, input }, attributes) {
    const model = stringIn(input, 'modelId');
    const operation = operationOf(name, model ?? '');
    if (operation === undefined) return undefined;
    attributes.push('gen_ai.provider.name', 'aws.bedrock', 'gen_ai.operation.name', operation);
    const shown = model === undefined ? undefined : modelOf(model);
    if (shown !== undefined) attributes.push('gen_ai.request.model', shown);
    if (name.endsWith('Stream')) attributes.push('gen_ai.request.stream', true);
    const given = readProperty(input, 'inferenceConfig') ?? readBody(readProperty(input, 'body'));
    pushNumber(attributes, 'gen_ai.request.max_tokens', numberIn(given, 'maxTokens') ?? numberIn(given, 'max_tokens'));
    pushNumber(attributes, 'gen_ai.request.temperature', numberIn(given, 'temperature'));
    pushNumber(attributes, 'gen_ai.request.top_p', numberIn(given, 'topP') ?? numberIn(given, 'top_p'));
    return { name: shown === undefined ? operation : `${operation} ${shown}` };
  },

  finish({ name }, operation, { output, response }) {
    if (name === 'Converse') {
      const reason = stringIn(output, 'stopReason');
      describeUse(operation, readProperty(output, 'usage'), reason);
    }
    if (name === 'InvokeModel') {
      const body = readBody(readProperty(output, 'body'));
      describeUse(operation, readProperty(body, 'usage'), reasonIn(body));
      // Bedrock counts for each model, whatever the form of its answer.
      const headers = readProperty(response, 'headers');
      operation.set('gen_ai.usage.input_tokens', countIn(headers, 'x-amzn-bedrock-input-token-count'));
      operation.set('gen_ai.usage.output_tokens', countIn(headers, 'x-amzn-bedrock-output-token-count'));
      operation.set('gen_ai.response.id', stringIn(body, 'id'));
    }
    return undefined;
  },
};

function operationOf(command: string, model: string): string | undefined {
  if (command.startsWith('Converse')) return 'chat';
  if (!command.startsWith('InvokeModel')) return undefined;
  if (model.includes('embed')) return 'embeddings';
  return /anthropic|nova/.test(model) ? 'chat' : 'text_completion';
}

/** A model may be named by its ARN, or that of an inference profile. The account in it says nothing of the model. */
function modelOf(model: string): string {
  return model.startsWith('arn:') ? model.slice(model.lastIndexOf('/') + 1) : model;
}

function pushNumber(attributes: AttributeList, key: string, value: number | undefined): void {
  if (value !== undefined) attributes.push(key, value);
}

function describeUse(operation: Operation, usage: unknown, reason: string | undefined): void {
  operation.set('gen_ai.usage.input_tokens', numberIn(usage, 'inputTokens') ?? numberIn(usage, 'input_tokens'));
  operation.set('gen_ai.usage.output_tokens', numberIn(usage, 'outputTokens') ?? numberIn(usage, 'output_tokens'));
  if (reason !== undefined) operation.set('gen_ai.response.finish_reasons', [reason]);
}

/** Of Anthropic's models, Amazon's, Meta's, and of those that answer like OpenAI's. */
function reasonIn(body: unknown): string | undefined {
  const [first] = [...listIn(body, 'results'), ...listIn(body, 'choices'), ...listIn(body, 'outputs')];
  return (
    stringIn(body, 'stop_reason') ??
    stringIn(body, 'stopReason') ??
    stringIn(first, 'completionReason') ??
    stringIn(first, 'finish_reason') ??
    stringIn(first, 'stop_reason')
  );
}

function countIn(headers: unknown, name: string): number | undefined {
  const text = stringIn(headers, name);
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

// To read a body with images would take longer than the rest of the span.
const longestBody = 65_536;

function readBody(body: unknown): unknown {
  const isBytes = body instanceof Uint8Array;
  if ((!isBytes && typeof body !== 'string') || body.length > longestBody) return undefined;
  try {
    return JSON.parse(isBytes ? Buffer.from(body).toString() : body);
  } catch {
    return undefined; // of a model whose bodies are not JSON
  }
}
