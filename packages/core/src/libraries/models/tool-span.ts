/** The span of a tool that an SDK calls because a model has asked for it. */
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { tracedCaller } from '../caller.ts';
import { ModelCall, type ModelLibrary } from './model-call.ts';

interface ToolFacts {
  readonly library: ModelLibrary;
  readonly name: unknown;
  readonly callId?: unknown;
  readonly arguments: unknown;
}

/** Starts the span; `undefined` if it is not recorded. */
function beginTool({ library, name, callId, arguments: given }: ToolFacts): ModelCall | undefined {
  const caller = tracedCaller(library);
  if (caller === undefined) return undefined;
  const tool = typeof name === 'string' && name !== '' ? name : undefined;
  const attributes: AttributeList = [];
  if (tool !== undefined) attributes.push('gen_ai.tool.name', tool);
  attributes.push('gen_ai.tool.type', 'function');
  if (typeof callId === 'string') attributes.push('gen_ai.tool.call.id', callId);
  const call = ModelCall.begin(caller, {
    library,
    operation: 'execute_tool',
    target: tool,
    kind: 'internal',
    attributes,
  });
  call?.setContent('gen_ai.tool.call.arguments', given);
  return call;
}

const begin = contained(beginTool);
const succeed = contained((call: ModelCall, result: unknown) => {
  call.setContent('gen_ai.tool.call.result', result);
  call.end();
});
const fail = contained((call: ModelCall, error: unknown) => call.fail(error));

/** Calls the function of a tool in its span, which ends when the function returns, throws, or its promise settles. */
export function withToolSpan(facts: ToolFacts, fn: () => unknown): unknown {
  const call = begin(facts);
  if (call === undefined) return fn();
  let result: unknown;
  try {
    result = call.run(fn);
  } catch (error) {
    fail(call, error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    succeed(call, result);
    return result;
  }
  // The SDK awaits it, so it may be another promise.
  return result.then(
    (value: unknown) => {
      succeed(call, value);
      return value;
    },
    (error: unknown) => {
      fail(call, error);
      throw error;
    },
  );
}
