/** How a call by Connect ends in its span. Its codes have the numbers of gRPC's. */
import { failBy } from '../../passing-exceptions.ts';
import { readProperty } from '../../read-property.ts';
import type { Span } from '../../span.ts';
import { isServerError, nameOfCode, recordStatus } from '../grpc/status.ts';
import type { ConnectRequest } from './connect-types.ts';

const internal = 13;
const unknown = 2;

/** gRPC and gRPC-Web have the names of gRPC; Connect's own protocol has its own. */
export function systemOf({ header }: ConnectRequest): 'grpc' | 'connectrpc' {
  return header.get('content-type')?.startsWith('application/grpc') === true ? 'grpc' : 'connectrpc';
}

export function recordSuccess(span: Span, request: ConnectRequest): void {
  if (systemOf(request) === 'grpc') span.setAttribute('rpc.response.status_code', 'OK'); // Connect has no code for it
}

/** A client's call has failed; a server's has failed if the fault is the server's. */
export function recordError(span: Span, request: ConnectRequest, error: unknown, side: 'client' | 'server'): void {
  const code = codeOf(error, side);
  const isError = side === 'client' || isServerError(code);
  const name = systemOf(request) === 'grpc' ? nameOfCode(code) : connectName(code);
  recordStatus(
    span,
    { code, details: readProperty(error, 'rawMessage') ?? readProperty(error, 'message') },
    isError,
    name,
  );
  if (isError && side === 'server') {
    failBy(span, readProperty(error, 'cause') ?? error, undefined);
    span.setAttribute('error.type', name);
  }
}

/** Connect answers with an internal error for any other exception. */
function codeOf(error: unknown, side: 'client' | 'server'): number {
  const code = readProperty(error, 'code');
  if (readProperty(error, 'name') === 'ConnectError' && typeof code === 'number') return code;
  return side === 'server' ? internal : unknown;
}

/** @see https://connectrpc.com/docs/protocol#error-codes */
function connectName(code: number): string {
  return code === 1 ? 'canceled' : nameOfCode(code).toLowerCase();
}
