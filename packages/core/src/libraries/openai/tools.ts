/** The tools that OpenAI's SDK calls by itself, in `runTools()`: a span for each call of one, below the span that was active there. */
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { copyWith, tracedTool } from '../models/tool-span.ts';
import { wrapOnce } from '../wrap-once.ts';

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Up to 4 it is in `beta`. */
export function wrapRunTools(client: object): void {
  const stable = readProperty(readProperty(readProperty(client, 'Chat'), 'Completions'), 'prototype');
  const prototype = typeof readProperty(stable, 'runTools') === 'function' ? stable : contained(findBeta)(client);
  if (typeof prototype !== 'object' || prototype === null) return;
  wrapOnce(
    prototype as Record<string, AnyFunction>,
    'runTools',
    (original) =>
      function runTools(this: unknown, body: unknown, ...rest: unknown[]) {
        return original.call(this, contained(withTracedTools)(body) ?? body, ...rest);
      },
  );
}

/** The SDK does not export this class. Its instances are made with the client, which they only keep. */
function findBeta(client: object): unknown {
  const Beta = readProperty(client, 'Beta');
  if (typeof Beta !== 'function') return undefined;
  const beta: unknown = Reflect.construct(Beta, [{}]);
  return Object.getPrototypeOf(readProperty(readProperty(beta, 'chat'), 'completions') ?? {}) as unknown;
}

/** A copy: the application may use its own again. */
function withTracedTools(body: unknown): unknown {
  const tools = readProperty(body, 'tools');
  if (!Array.isArray(tools)) return body;
  return { ...(body as object), tools: tools.map(traceTool) };
}

function traceTool(tool: unknown): unknown {
  if (typeof tool !== 'object' || tool === null) return tool;
  // A tool of `zodFunction()` has its function in a property that is not enumerable.
  const callback = readProperty(tool, '$callback');
  const given = readProperty(tool, 'function');
  if (typeof callback === 'function') {
    return copyWith(tool, '$callback', tracedTool('openai', callback as AnyFunction, readProperty(given, 'name')));
  }
  const fn = readProperty(given, 'function');
  if (typeof fn !== 'function') return tool;
  const name = readProperty(given, 'name') ?? fn.name;
  return copyWith(
    tool,
    'function',
    copyWith(given as object, 'function', tracedTool('openai', fn as AnyFunction, name)),
  );
}
