/** Traces `node:http` and `node:https`, and with them axios, got, node-fetch and other clients. */
import type { IncomingMessage } from 'node:http';
import { currentContext } from '../active-context.ts';
import { isExporterAgent } from '../exporter-agent.ts';
import { addHeaders, type OutgoingHeaders } from './add-headers.ts';
import { beginClientSpan } from './begin-client-span.ts';
import { type ClientSpan, clientSpanOf, isRedirect, takeClientSpan } from './client-span.ts';
import { headersKey, type NodeRequest, nodeHttpAdapter, outOfTimeKey, urlOnSocket } from './node-request.ts';
import { contain, type Subscribers } from './subscribers.ts';

interface RequestMessage {
  readonly request: NodeRequest;
}

export const nodeHttpSubscribers: Subscribers = {
  'http.client.request.created': onCreated,
  'http.client.request.error': onError,
  // Despite its name, Node publishes it when the headers arrive, before the application sees the response.
  'http.client.response.finish': onResponse,
};

export function onCreated({ request }: RequestMessage): void {
  if (isExporterAgent(request.agent)) return;
  const headers = beginClientSpan(request, nodeHttpAdapter, currentContext());
  if (headers && !request.headersSent) request[headersKey] = { headers, before: firstHeaderOf(request, headers) };
  // A listener for 'response', 'upgrade', 'connect' or 'error' would change how the request behaves. 'close' changes nothing and
  // always comes: it ends the span of an upgrade.
  if (clientSpanOf(request)) request.on('close', onClose);
}

/**
 * Adds the headers again if the application has set others since: those that it forwards by `setHeader()`, or that superagent
 * repeats for a redirect. Runs just before the head is rendered.
 */
export const addHeadersAgain: (request: NodeRequest) => void = contain((request: NodeRequest) => {
  const added = request[headersKey];
  if (added === undefined || request.headersSent) return;
  request[headersKey] = undefined;
  if (firstHeaderOf(request, added.headers) !== added.before) addHeaders(request, nodeHttpAdapter, added.headers);
});

/** The header that shows whether ours are unchanged: a client that repeats headers repeats all of them. */
function firstHeaderOf(request: NodeRequest, { tracer }: OutgoingHeaders): unknown {
  const name = tracer.settings.propagators[0]?.fields[0];
  return name === undefined ? undefined : request.getHeader(name);
}

function onResponse({ request, response }: RequestMessage & { readonly response: IncomingMessage }): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan) endAnswered(clientSpan, request, response);
}

function onError({ request, error }: RequestMessage & { readonly error: NodeJS.ErrnoException }): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  describeConnection(clientSpan, request);
  // A request fails with "socket hang up" when it is destroyed, and when the server closes; only in the first case is it destroyed now.
  const isHangUp = request.destroyed && error.code === 'ECONNRESET';
  if (isTimeUp(request, clientSpan)) clientSpan.endOutOfTime(isHangUp ? undefined : error);
  else if (isHangUp) clientSpan.endCancelled();
  else clientSpan.endFailed(error);
}

/**
 * Whether a request timed out: a timer has destroyed it, or it has lasted longer than the idle timeout that the application has set.
 * The agent's timeout does not count: `http.globalAgent` has one of five seconds for idle sockets.
 */
function isTimeUp(request: NodeRequest, { elapsedMs }: ClientSpan): boolean {
  if (request[outOfTimeKey] === true) return true;
  const { destroyed, socket, writableEnded, agent } = request;
  if (!destroyed || !writableEnded || socket?.readableEnded) return false; // the server has closed it
  const agentMs = agent?.options?.timeout;
  const timeoutMs = [request.timeout, socket?.timeout].find((ms) => ms && ms !== agentMs);
  return timeoutMs !== undefined && elapsedMs > timeoutMs - 1; // a timer may fire a fraction of a millisecond early
}

const endClosed = contain((request: NodeRequest) => {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  if (request.res) return endAnswered(clientSpan, request, request.res); // an upgrade, or CONNECT
  describeConnection(clientSpan, request);
  const { errored } = request;
  if (isTimeUp(request, clientSpan)) clientSpan.endOutOfTime(errored);
  else if (errored) clientSpan.endFailed(errored);
  else clientSpan.endCancelled();
});

function onClose(this: NodeRequest): void {
  endClosed(this);
}

function endAnswered(clientSpan: ClientSpan, request: NodeRequest, response: IncomingMessage): void {
  const { statusCode = 0, httpVersion } = response; // a received response has a status
  describeConnection(clientSpan, request);
  clientSpan.setProtocolVersion(httpVersion);
  clientSpan.endAnswered(statusCode, isRedirect(statusCode) ? response.headers.location : undefined);
}

function describeConnection(clientSpan: ClientSpan, request: NodeRequest): void {
  const { socket } = request;
  if (!socket) return; // it never got one
  clientSpan.setPeer(socket);
  const url = urlOnSocket(request, socket);
  if (url !== undefined) clientSpan.setUrl(url);
}
