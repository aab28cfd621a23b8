/** `node:http` and `node:https`, and so what is built on them: axios, got, node-fetch. */
import type { IncomingMessage } from 'node:http';
import { currentContext } from '../active-context.ts';
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
  // In spite of its name it is published when the headers are there, before the application sees the response.
  'http.client.response.finish': onResponse,
};

export function onCreated({ request }: RequestMessage): void {
  const headers = beginClientSpan(request, nodeHttpAdapter, currentContext());
  if (headers && !request.headersSent) request[headersKey] = { headers, before: firstHeaderOf(request, headers) };
  // No listener changes how a request behaves but one for `response`, `upgrade`, `connect` or `error`. What is left is
  // 'close', which comes last and always: it is how the span of an upgrade ends.
  if (clientSpanOf(request)) request.on('close', onClose);
}

/**
 * Adds the headers again where the application has set others meanwhile: those that it forwards by `setHeader()`, or that superagent
 * repeats for a redirect. Called when the head is about to be rendered.
 */
export const addHeadersAgain: (request: NodeRequest) => void = contain((request: NodeRequest) => {
  const added = request[headersKey];
  if (added === undefined || request.headersSent) return;
  request[headersKey] = undefined;
  if (firstHeaderOf(request, added.headers) !== added.before) addHeaders(request, nodeHttpAdapter, added.headers);
});

/** The header that tells whether ours are as we left them: a client that repeats headers repeats them all. */
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
  // A destroyed request fails with the same "socket hang up" as one whose server went away, but is destroyed by then.
  const isHangUp = request.destroyed && error.code === 'ECONNRESET';
  if (isTimeUp(request, clientSpan)) clientSpan.endOutOfTime(isHangUp ? undefined : error);
  else if (isHangUp) clientSpan.endCancelled();
  else clientSpan.endFailed(error);
}

/**
 * Whether a request was given up because its time was up: in the moment of a timeout, or after the idle timeout that the application
 * has set for it. That of the agent does not count: `http.globalAgent` has one of five seconds for sockets that rest.
 */
function isTimeUp(request: NodeRequest, { elapsedMs }: ClientSpan): boolean {
  if (request[outOfTimeKey] === true) return true;
  const { destroyed, socket, writableEnded, agent } = request;
  if (!destroyed || !writableEnded || socket?.readableEnded) return false; // the server's doing
  const agentMs = agent?.options?.timeout;
  const timeoutMs = [request.timeout, socket?.timeout].find((ms) => ms && ms !== agentMs);
  return timeoutMs !== undefined && elapsedMs > timeoutMs - 1; // a timer may be early by a part of a millisecond
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
  const { statusCode = 0, httpVersion } = response; // a response that was received has a status
  describeConnection(clientSpan, request);
  clientSpan.setProtocolVersion(httpVersion);
  clientSpan.endAnswered(statusCode, isRedirect(statusCode) ? response.headers.location : undefined);
}

function describeConnection(clientSpan: ClientSpan, request: NodeRequest): void {
  const { socket } = request;
  if (!socket) return; // none was to be had
  clientSpan.setPeer(socket);
  const url = urlOnSocket(request, socket);
  if (url !== undefined) clientSpan.setUrl(url);
}
