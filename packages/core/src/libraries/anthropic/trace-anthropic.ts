/**
 * The spans of Anthropic's SDK, as those of OpenAI's, which the same generator has made. Since 1.14 the SDK calls OpenTelemetry's API:
 * where one is registered, it makes spans by itself, and then these calls are left to it.
 */
import { readProperty } from '../../read-property.ts';
import { usageAnswers } from '../models/usage-answers.ts';
import { type ResourceMethod, type Sdk, wrapResource } from '../models/wrap-resources.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { countAnswers, messageAnswers, messageAttributes, recordMessages } from './messages.ts';
import { wrapToolRunner } from './tools.ts';

function messageMethods(resource: readonly string[]): readonly ResourceMethod[] {
  return [
    {
      resource,
      name: 'create',
      operation: 'chat',
      attributes: messageAttributes,
      record: recordMessages,
      answers: messageAnswers,
    },
    {
      resource,
      name: 'countTokens',
      operation: 'count_tokens',
      attributes: messageAttributes,
      record: recordMessages,
      answers: countAnswers,
    },
  ];
}

const methods: readonly ResourceMethod[] = [
  ...messageMethods(['Messages']),
  ...messageMethods(['Beta', 'Messages']),
  {
    resource: ['Completions'],
    name: 'create',
    operation: 'text_completion',
    attributes: messageAttributes,
    answers: usageAnswers,
  },
];

/**
 * Traces Anthropic's SDK 0.39 to 1: its class, or the exports of `@anthropic-ai/sdk`. `tracing()` does so by itself; this function is for
 * bundles, and for ES modules that load before the tracer is set up.
 *
 * A call has one client span, such as `chat claude-sonnet-5`, which ends with the answer, or with the stream of one: `messages.create()`,
 * `stream()`, `parse()`, `countTokens()`, the same in `beta`, and `completions`. The requests of HTTP are below it. A tool that
 * `toolRunner()` calls has a span `execute_tool <name>`. Results stay the SDK's own promises and streams.
 *
 * Since 1.14 the SDK makes its own spans where OpenTelemetry's API has a tracer, also Waymark's by `bridgeOpenTelemetry()`. Then a call has that
 * span and no second one; `new Anthropic({ openTelemetry: false })` has these spans.
 *
 * Not traced: other resources, such as batches and files. Not recorded: prompts, answers, arguments and results of tools, unless the option
 * `contents` is on.
 *
 * @returns What was given. May be called again.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 * @example
 * import Anthropic from '@anthropic-ai/sdk';
 * traceAnthropic(Anthropic);
 */
export function traceAnthropic<Given extends object>(anthropic: Given): Given {
  const expected = 'the class Anthropic or the exports of @anthropic-ai/sdk';
  return traceGiven('anthropic', wrapAnthropic, anthropic, 'traceAnthropic(Anthropic)', expected);
}

/** @returns `undefined` if it is not Anthropic's SDK. */
export function wrapAnthropic(given: unknown): ReturnType<Trace> {
  const client = [given, readProperty(given, 'Anthropic'), readProperty(given, 'default')].find(isClientClass);
  if (client === undefined) return undefined;
  const outcomes = methods.map((method) => wrapResource(sdk, client, method));
  wrapToolRunner(client, tracesItself);
  if (outcomes.every((outcome) => outcome === 'missing')) return undefined;
  return outcomes.includes('foreign') ? 'foreign' : 'methods';
}

function isClientClass(value: unknown): value is object {
  const messages = readProperty(readProperty(value, 'Messages'), 'prototype');
  return typeof value === 'function' && typeof readProperty(messages, 'countTokens') === 'function';
}

const sdk: Sdk = {
  library: 'anthropic',
  fallbackOf(client) {
    const name = String(readProperty(readProperty(client, 'constructor'), 'name'));
    if (name.includes('Bedrock')) return 'aws.bedrock';
    if (name.includes('Vertex')) return 'gcp.vertex_ai';
    return 'anthropic';
  },
  tracesItself,
};

const registryKey = Symbol.for('opentelemetry.js.api.1');

/** It has a tracer unless it is turned off. Without a provider the tracer does nothing. */
function tracesItself(client: object): boolean {
  if (readProperty(client, '_tracer') === undefined) return false;
  if (readProperty(readProperty(client, 'openTelemetry'), 'tracerProvider') !== undefined) return true;
  return readProperty((globalThis as { [registryKey]?: unknown })[registryKey], 'trace') !== undefined;
}
