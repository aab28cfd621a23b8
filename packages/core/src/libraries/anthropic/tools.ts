/** The tools that Anthropic's SDK calls by itself, in `toolRunner()`: a span for each call of one. */
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { copyWith, tracedTool } from '../models/tool-span.ts';
import { wrapOnce } from '../wrap-once.ts';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** @param tracesItself Whether the SDK makes the spans of a client's calls by itself. */
export function wrapToolRunner(client: object, tracesItself: (client: object) => boolean): void {
  const prototype = readProperty(readProperty(readProperty(client, 'Beta'), 'Messages'), 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return;
  wrapOnce(
    prototype as Record<string, AnyFunction>,
    'toolRunner',
    (original) =>
      function toolRunner(this: { readonly _client?: object }, body: unknown, ...rest: unknown[]) {
        const isLeft = contained(tracesItself)(this?._client ?? {}) === true;
        return original.call(this, isLeft ? body : (contained(withTracedTools)(body) ?? body), ...rest);
      },
  );
}

/** A copy: the application may use its own again. */
function withTracedTools(body: unknown): unknown {
  const tools = readProperty(body, 'tools');
  return Array.isArray(tools) ? { ...(body as object), tools: tools.map(traceTool) } : body;
}

function traceTool(tool: unknown): unknown {
  const run = readProperty(tool, 'run');
  if (typeof run !== 'function') return tool; // the provider runs it
  return copyWith(tool as object, 'run', tracedTool('anthropic', run as AnyFunction, readProperty(tool, 'name')));
}
