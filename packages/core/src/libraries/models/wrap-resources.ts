/** The methods of an SDK's resources: each call of one is a call of a model. */
import type { AttributeList } from '../../attributes.ts';
import { contained } from '../../count-fault.ts';
import { readProperty } from '../../read-property.ts';
import { tracedCaller } from '../caller.ts';
import { type WrapOutcome, wrapOnce } from '../wrap-once.ts';
import { type Answers, watchResult } from './api-promise.ts';
import { ModelCall, type ModelLibrary } from './model-call.ts';
import { sharedOfClient } from './provider.ts';

/** A method that calls a model. */
export interface ResourceMethod {
  /** Where the class of the resource is, from the class of the client. */
  readonly resource: readonly string[];
  readonly name: string;
  /** `gen_ai.operation.name`. */
  readonly operation: string;
  attributes(body: unknown): AttributeList;
  /** For applications that ask for contents. */
  record?(call: ModelCall, body: unknown): void;
  readonly answers: Answers;
}

/** What differs between the SDKs. */
export interface Sdk {
  readonly library: ModelLibrary;
  /** The provider of a client whose server is not known. */
  fallbackOf(client: object): string;
  /** Whether the SDK makes the span of a call by itself. */
  tracesItself?(client: object): boolean;
}

interface Resource {
  readonly _client?: { readonly baseURL?: unknown };
}

type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Replaces the method, once for all copies of this package. */
export function wrapResource(sdk: Sdk, client: object, method: ResourceMethod): WrapOutcome {
  let resource: unknown = client;
  for (const name of method.resource) resource = readProperty(resource, name);
  const prototype = readProperty(resource, 'prototype');
  if (typeof prototype !== 'object' || prototype === null) return 'missing';
  const begin = contained(beginCall);
  return wrapOnce(
    prototype as Record<string, AnyFunction>,
    method.name,
    (original) =>
      function tracedMethod(this: unknown, ...args: unknown[]): unknown {
        const call = begin(sdk, method, this as Resource, args[0]);
        return call === undefined ? original.apply(this, args) : runCall(call, method, original, this, args);
      },
  );
}

function runCall(
  call: ModelCall,
  { answers }: ResourceMethod,
  original: AnyFunction,
  self: unknown,
  args: unknown[],
): unknown {
  let result: unknown;
  try {
    result = call.run(() => original.apply(self, args));
  } catch (error) {
    call.fail(error);
    throw error;
  }
  contained(watchResult)(result, call, answers);
  return result;
}

function beginCall(
  sdk: Sdk,
  method: ResourceMethod,
  { _client: client }: Resource,
  body: unknown,
): ModelCall | undefined {
  const { library } = sdk;
  const caller = tracedCaller(library);
  if (caller === undefined || (client !== undefined && sdk.tracesItself?.(client) === true)) return undefined;
  const model = readProperty(body, 'model');
  const call = ModelCall.begin(caller, {
    library,
    operation: method.operation,
    target: typeof model === 'string' ? model : undefined,
    kind: 'client',
    attributes: method.attributes(body),
    shared: client === undefined ? undefined : sharedOfClient(client, client.baseURL, sdk.fallbackOf(client)),
  });
  if (call?.hasContents === true) contained(recordRequest)(method, call, body);
  return call;
}

function recordRequest(method: ResourceMethod, call: ModelCall, body: unknown): void {
  method.record?.(call, body);
}
