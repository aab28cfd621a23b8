/**
 * The spans of OpenAI's SDK: a client span for each call of a model, above the requests of HTTP that the call needs, retries included.
 * The methods of the resources' classes are wrapped. What the SDK builds on them (`parse()`, `stream()`, `runTools()`) comes with them.
 */
import { readProperty } from '../../read-property.ts';
import { usageAnswers } from '../models/usage-answers.ts';
import { type ResourceMethod, type Sdk, wrapResource } from '../models/wrap-resources.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { chatAnswers, chatAttributes, recordChatRequest } from './chat.ts';
import { embeddingAttributes, modelAttributes } from './other-calls.ts';
import { recordResponseRequest, responseAnswers, responseAttributes } from './responses.ts';
import { wrapRunTools } from './tools.ts';

const speech = modelAttributes('speech');
const image = modelAttributes('image');
const text = modelAttributes('text');
const generated = { operation: 'generate_content', answers: usageAnswers };

const methods: readonly ResourceMethod[] = [
  {
    resource: ['Chat', 'Completions'],
    name: 'create',
    operation: 'chat',
    attributes: chatAttributes,
    record: recordChatRequest,
    answers: chatAnswers,
  },
  {
    resource: ['Responses'],
    name: 'create',
    operation: 'chat',
    attributes: responseAttributes,
    record: recordResponseRequest,
    answers: responseAnswers,
  },
  {
    resource: ['Completions'],
    name: 'create',
    operation: 'text_completion',
    attributes: chatAttributes,
    record: (call, body) => call.setContent('gen_ai.input.messages', textMessages(readProperty(body, 'prompt'))),
    answers: chatAnswers,
  },
  {
    resource: ['Embeddings'],
    name: 'create',
    operation: 'embeddings',
    attributes: embeddingAttributes,
    answers: usageAnswers,
  },
  { resource: ['Images'], name: 'generate', attributes: image, ...generated },
  { resource: ['Images'], name: 'edit', attributes: image, ...generated },
  { resource: ['Images'], name: 'createVariation', attributes: image, ...generated },
  { resource: ['Audio', 'Speech'], name: 'create', attributes: speech, ...generated },
  { resource: ['Audio', 'Transcriptions'], name: 'create', attributes: text, ...generated },
  { resource: ['Audio', 'Translations'], name: 'create', attributes: text, ...generated },
  {
    resource: ['Moderations'],
    name: 'create',
    operation: 'moderation',
    attributes: modelAttributes(undefined),
    answers: usageAnswers,
  },
];

const sdk: Sdk = { library: 'openai', fallbackOf };

function textMessages(prompt: unknown): unknown {
  const prompts: readonly unknown[] = Array.isArray(prompt) ? prompt : [prompt];
  return prompts.map((content) => ({ role: 'user', parts: [{ type: 'text', content }] }));
}

/**
 * Traces OpenAI's SDK 4.20 to 7: its class, or the exports of `openai`. `tracing()` does so by itself; this function is for bundles, and
 * for ES modules that load before the tracer is set up.
 *
 * A call has one client span, such as `chat gpt-5`, which ends with the answer, or with the stream of one: `chat.completions`,
 * `responses`, `completions`, `embeddings`, `images`, `audio` and `moderations`, also of Azure and other servers. The requests of HTTP
 * are below it. A tool that `runTools()` calls has a span `execute_tool <name>`. Results stay the SDK's own promises and streams.
 *
 * Not traced: other resources, such as files and batches, and the realtime API. Not recorded: prompts, answers, arguments and results of
 * tools, unless the option `contents` is on.
 *
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 * @example
 * import OpenAI from 'openai';
 * traceOpenai(OpenAI);
 */
export function traceOpenai<Given extends object>(openai: Given): Given {
  return traceGiven('openai', wrapOpenai, openai, 'traceOpenai(OpenAI)', 'the class OpenAI or the exports of openai');
}

/** @returns `undefined` if it is not OpenAI's SDK. */
export function wrapOpenai(given: unknown): ReturnType<Trace> {
  const client = [given, readProperty(given, 'OpenAI'), readProperty(given, 'default')].find(isClientClass);
  if (client === undefined) return undefined;
  const outcomes = methods.map((method) => wrapResource(sdk, client, method));
  wrapRunTools(client);
  if (outcomes.every((outcome) => outcome === 'missing')) return undefined;
  return outcomes.includes('foreign') ? 'foreign' : 'methods';
}

function isClientClass(value: unknown): value is object {
  return typeof value === 'function' && typeof readProperty(readProperty(value, 'Chat'), 'Completions') === 'function';
}

/** The class says whose server it is. */
function fallbackOf(client: object): string {
  const name = readProperty(readProperty(client, 'constructor'), 'name');
  if (name === 'AzureOpenAI') return 'azure.ai.openai';
  return name === 'BedrockOpenAI' ? 'aws.bedrock' : '_OTHER';
}
