/** Requests that are sent, by clients, and by servers that ask the user or a model of the client. */
import { bind } from '../../active-context.ts';
import { contained } from '../../count-fault.ts';
import { exceptionTypeOf } from '../../exception.ts';
import { processState } from '../../process-state.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf, tracedCaller } from '../caller.ts';
import { contextToCarry, hasContext, writeContext } from '../carried-context.ts';
import { contentJson } from '../models/content-json.ts';
import { safeMessage } from '../models/safe-message.ts';
import { Operation } from '../operation.ts';
import { codeOf, isToolError, type McpRequest, nameOf, type Protocol, requestAttributes } from './mcp-facts.ts';

// biome-ignore lint/suspicious/noExplicitAny: a method of the SDK, whose arguments are passed on
type Method = (this: any, ...args: any[]) => unknown;

const { storage } = processState;

/**
 * @param place Where the request is among the arguments.
 * @param optionsPlace Where its options are.
 */
export function wrapRequest(original: Method, place: number, optionsPlace: number): Method {
  const begin = contained(beginRequest);
  const prepare = contained(prepareArguments);
  return function request(this: Protocol, ...args) {
    const given = args[place] as McpRequest;
    if (typeof given?.method !== 'string') return original.apply(this, args);
    const operation = begin(this, given);
    const prepared = prepare(args, place, optionsPlace, operation) ?? args;
    if (operation === undefined) return original.apply(this, prepared);
    let result: unknown;
    try {
      result = storage.run(operation.context(), () => original.apply(this, prepared));
    } catch (error) {
      fail(operation, error);
      throw error;
    }
    return (result as Promise<unknown>).then(
      (answer) => {
        succeed(operation, answer);
        return answer;
      },
      (error: unknown) => {
        fail(operation, error);
        throw error;
      },
    );
  };
}

function beginRequest(protocol: Protocol, request: McpRequest): Operation | undefined {
  const caller = tracedCaller('mcp');
  if (caller === undefined) return undefined;
  const attributes = requestAttributes(protocol, request, protocol._requestMessageId);
  if (optionsOf('mcp', caller)?.contents === true && request.method === 'tools/call') {
    const given = readProperty(request.params, 'arguments');
    if (given !== undefined) attributes.push('gen_ai.tool.call.arguments', contentJson(given));
  }
  const operation = Operation.begin(caller, { library: 'mcp', name: nameOf(request), kind: 'client', attributes });
  operation?.coverNested(); // version 2 sends it again with what the user has answered
  return operation;
}

/** Copies: the application may use its request and its options again. */
function prepareArguments(
  args: readonly unknown[],
  place: number,
  optionsPlace: number,
  operation: Operation | undefined,
): unknown[] {
  const prepared = [...args];
  const request = args[place] as McpRequest;
  const context = contextToCarry('mcp', operation);
  const meta = readProperty(request.params, '_meta');
  if (context !== undefined && !hasContext(typeof meta === 'object' && meta !== null ? meta : undefined)) {
    const carrier: Record<string, unknown> = { ...(meta as object | undefined) };
    writeContext(context, carrier);
    prepared[place] = { ...request, params: { ...(request.params as object | undefined), _meta: carrier } };
  }
  // In version 2 the options may come in the place of the schema.
  for (const at of [optionsPlace - 1, optionsPlace]) {
    const onProgress = readProperty(args[at], 'onprogress');
    if (at === place || typeof onProgress !== 'function') continue;
    // It is called when a message comes in, in the context in which the connection was opened.
    prepared[at] = { ...(args[at] as object), onprogress: bind(onProgress as () => unknown) };
  }
  return prepared;
}

const succeed = contained((operation: Operation, answer: unknown) => {
  if (optionsOf('mcp', operation.caller)?.contents === true) {
    const content = readProperty(answer, 'structuredContent') ?? readProperty(answer, 'content');
    if (content !== undefined) operation.set('gen_ai.tool.call.result', contentJson(content));
  }
  if (isToolError(answer)) {
    operation.set('error.type', 'tool_error');
    operation.recording?.setStatus({ code: 'error' });
  }
  operation.end();
});

const fail = contained((operation: Operation, error: unknown) => {
  const code = codeOf(error);
  operation.set('rpc.response.status_code', code);
  operation.set('error.type', code ?? exceptionTypeOf(error) ?? '_OTHER');
  operation.recording?.setStatus({ code: 'error', message: safeMessage(error, false) });
  operation.end();
});
