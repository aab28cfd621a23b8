/** The span of a tool that an SDK calls because a model has asked for it. */
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { tracedCaller } from '../caller.ts';
import { ModelCall, type ModelLibrary } from './model-call.ts';

interface ToolFacts {
  readonly library: ModelLibrary;
  readonly name: unknown;
  readonly arguments: unknown;
}

/** Starts the span; `undefined` if it is not recorded. */
function beginTool({ library, name, arguments: given }: ToolFacts): ModelCall | undefined {
  const caller = tracedCaller(library);
  if (caller === undefined) return undefined;
  const tool = typeof name === 'string' && name !== '' ? name : undefined;
  const attributes: AttributeList = [];
  if (tool !== undefined) attributes.push('gen_ai.tool.name', tool);
  attributes.push('gen_ai.tool.type', 'function');
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
function withToolSpan(facts: ToolFacts, fn: () => unknown): unknown {
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

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** A function that calls the function of a tool in a span. */
export function tracedTool(library: ModelLibrary, fn: AnyFunction, name: unknown): AnyFunction {
  const traced: AnyFunction = function tracedTool(this: unknown, ...args) {
    return withToolSpan({ library, name, arguments: args[0] }, () => fn.apply(this, args));
  };
  Object.defineProperty(traced, 'name', { value: fn.name, configurable: true });
  Object.defineProperty(traced, 'length', { value: fn.length, configurable: true });
  return traced;
}

/** A copy of an object of the application, with another value for a property. */
export function copyWith(object: object, key: string, value: unknown): object {
  const descriptors = Object.getOwnPropertyDescriptors(object) as Record<string, PropertyDescriptor>;
  const { enumerable = true } = descriptors[key] ?? {};
  return Object.create(Object.getPrototypeOf(object), {
    ...descriptors,
    [key]: { value, enumerable, writable: true, configurable: true },
  }) as object;
}
