/** What is recorded of a request of the Model Context Protocol. Arguments and results are not. */
import type { AttributeList } from '../../attributes.ts';
import { readProperty } from '../../read-property.ts';

/** A request as both sides have it. */
export interface McpRequest {
  readonly method: string;
  readonly params?: unknown;
}

/** The part of both sides that is used: SDK 1's `Protocol`, and that of the packages of version 2. */
export interface Protocol {
  readonly transport?: unknown;
  readonly _requestMessageId?: unknown;
  readonly _negotiatedProtocolVersion?: unknown;
  readonly _requestHandlers?: Map<string, Handler>;
}

export type Handler = (request: McpRequest, extra: unknown) => unknown;

/** `tools/call get-weather`: the method, and the tool or prompt. Addresses of resources are too many for names. */
export function nameOf({ method, params }: McpRequest): string {
  const target = targetOf(method, params);
  return target === undefined ? method : `${method} ${target}`;
}

function targetOf(method: string, params: unknown): string | undefined {
  if (method !== 'tools/call' && method !== 'prompts/get') return undefined;
  const name = readProperty(params, 'name');
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** @param requestId Of JSON-RPC. */
export function requestAttributes(protocol: Protocol, request: McpRequest, requestId: unknown): AttributeList {
  const { method, params } = request;
  const attributes: AttributeList = ['mcp.method.name', method];
  const target = targetOf(method, params);
  if (method === 'tools/call') {
    attributes.push('gen_ai.operation.name', 'execute_tool');
    if (target !== undefined) attributes.push('gen_ai.tool.name', target);
  } else if (target !== undefined) attributes.push('gen_ai.prompt.name', target);
  const uri = readProperty(params, 'uri');
  if (typeof uri === 'string') attributes.push('mcp.resource.uri', withoutSecrets(uri));
  if (typeof requestId === 'number' || typeof requestId === 'string') {
    attributes.push('jsonrpc.request.id', String(requestId));
  }
  pushConnection(attributes, protocol);
  return attributes;
}

/** A query may have a token, and what is before `@` a password. */
function withoutSecrets(uri: string): string {
  return uri.replace(/[?#].*$/s, '').replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}

function pushConnection(attributes: AttributeList, protocol: Protocol): void {
  const { transport } = protocol;
  const version =
    protocol._negotiatedProtocolVersion ??
    readProperty(transport, 'protocolVersion') ??
    readProperty(transport, '_protocolVersion');
  if (typeof version === 'string') attributes.push('mcp.protocol.version', version);
  const session = readProperty(transport, 'sessionId');
  if (typeof session === 'string') attributes.push('mcp.session.id', session);
  const kind = kindOf(transport);
  if (kind !== undefined) attributes.push('network.transport', kind);
  const url = readProperty(transport, '_url'); // of a client
  if (!(url instanceof URL) || kind !== 'tcp') return;
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  attributes.push('server.address', url.hostname.replace(/^\[(.*)\]$/, '$1'), 'server.port', port);
}

function kindOf(transport: unknown): 'pipe' | 'tcp' | undefined {
  const name = String(readProperty(readProperty(transport, 'constructor'), 'name'));
  if (/stdio/i.test(name)) return 'pipe';
  return /http|sse|websocket/i.test(name) ? 'tcp' : undefined;
}

/** Whether each request of a connection comes in a request of HTTP, whose span is active then. */
export function isOverHttp({ transport }: Protocol): boolean {
  return /http|sse/i.test(String(readProperty(readProperty(transport, 'constructor'), 'name')));
}

/** The code of an error of JSON-RPC, which is a number. */
export function codeOf(error: unknown): string | undefined {
  const code = readProperty(error, 'code');
  return typeof code === 'number' ? String(code) : undefined;
}

/** A tool that fails answers so: the request itself has succeeded. */
export function isToolError(result: unknown): boolean {
  return readProperty(result, 'isError') === true;
}
