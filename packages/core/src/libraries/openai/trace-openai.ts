/**
 * The spans of OpenAI's SDK: a client span for each call of a model, above the requests of HTTP that the call needs, retries included.
 * The methods of the resources' classes are wrapped. What the SDK builds on them (`parse()`, `stream()`, `runTools()`) comes with them.
 */
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { type Answers, watchResult } from '../models/api-promise.ts';
import { ModelCall } from '../models/model-call.ts';
import { sharedOfClient } from '../models/provider.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { chatAnswers, chatAttributes, recordChatRequest } from './chat.ts';
import { embeddingAttributes, modelAttributes, usageAnswers } from './other-calls.ts';
import { recordResponseRequest, responseAnswers, responseAttributes } from './responses.ts';
import { wrapRunTools } from './tools.ts';

interface Method {
  /** Where the class of the resource is, from the class of the client. */
  readonly resource: readonly string[];
  readonly name: string;
  /** `gen_ai.operation.name`. */
  readonly operation: string;
  attributes(body: unknown): AttributeList;
  record?(call: ModelCall, body: unknown): void;
  readonly answers: Answers;
}

const speech = modelAttributes('speech');
const image = modelAttributes('image');
const text = modelAttributes('text');
const generated = { operation: 'generate_content', answers: usageAnswers };

const methods: readonly Method[] = [
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
  const outcomes = methods.map((method) => wrapMethod(client, method));
  wrapRunTools(client);
  if (outcomes.every((outcome) => outcome === 'missing')) return undefined;
  return outcomes.includes('foreign') ? 'foreign' : 'methods';
}

function isClientClass(value: unknown): value is object {
  return typeof value === 'function' && typeof readProperty(readProperty(value, 'Chat'), 'Completions') === 'function';
}

interface Resource {
  readonly _client?: { readonly baseURL?: unknown; readonly constructor?: { readonly name?: unknown } };
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

function wrapMethod(client: object, method: Method): WrapOutcome {
  let resource: unknown = client;
  for (const name of method.resource) resource = readProperty(resource, name);
  const prototype = readProperty(resource, 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return 'missing';
  const begin = contained(beginCall);
  return wrapOnce(prototype as Record<string, AnyFunction>, method.name, (original) =>
    Object.assign(function tracedMethod(this: unknown, ...args: unknown[]): unknown {
      const call = begin(method, this as Resource, args[0]);
      if (call === undefined) return original.apply(this, args);
      return runCall(call, method, original, this, args);
    }),
  );
}

function runCall(
  call: ModelCall,
  { answers }: Method,
  original: AnyFunction,
  self: unknown,
  args: readonly unknown[],
): unknown {
  let result: unknown;
  try {
    result = call.run(() => original.apply(self, args as unknown[]));
  } catch (error) {
    call.fail(error);
    throw error;
  }
  contained(watchResult)(result, call, answers);
  return result;
}

function beginCall(method: Method, { _client: client }: Resource, body: unknown): ModelCall | undefined {
  const caller = tracedCaller('openai');
  if (caller === undefined) return undefined;
  const model = readProperty(body, 'model');
  const call = ModelCall.begin(caller, {
    library: 'openai',
    operation: method.operation,
    target: typeof model === 'string' ? model : undefined,
    kind: 'client',
    attributes: method.attributes(body),
    shared: client === undefined ? undefined : sharedOfClient(client, client.baseURL, fallbackOf(client)),
  });
  if (call?.hasContents === true) contained(recordRequest)(method, call, body);
  return call;
}

function recordRequest(method: Method, call: ModelCall, body: unknown): void {
  method.record?.(call, body);
}

/** The provider behind a server with a name of its owner's. */
function fallbackOf(client: object): string {
  const name = readProperty(readProperty(client, 'constructor'), 'name');
  if (name === 'AzureOpenAI') return 'azure.ai.openai';
  return name === 'BedrockOpenAI' ? 'aws.bedrock' : '_OTHER';
}
