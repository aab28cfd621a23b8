/** Explains why no collector answers at an address, and what to type. */
import { isLoopback } from '../server/allowed-callers.ts';
import { speaksTls } from './speaks-tls.ts';

/** @param error The error of the request. @returns A message with a remedy. */
export async function explainUnreachable(url: URL, error: unknown): Promise<string> {
  const base = url.href.replace(/\/$/, '');
  const { reason, protocol } = await reachFailure(url, error);
  if (protocol !== undefined) {
    const speaks = protocol === 'https:' ? 'needs TLS' : 'does not use TLS';
    return `The server at ${url.host} ${speaks}: use ${base.replace(url.protocol, protocol)}`;
  }
  const text = `No collector answers at ${base}: ${reason}.`;
  if (!isLoopback(url.hostname))
    return `${text} Check that a collector runs there, and that its --host lets this machine reach it.`;
  const port = portOf(url);
  return `${text} Start one with: npx waymark${port === 4318 ? '' : ` --port ${port}`}`;
}

export interface ReachFailure {
  readonly reason: string;
  /** The protocol of the server, if the URL has the wrong one. */
  readonly protocol?: 'http:' | 'https:';
}

export async function reachFailure(url: URL, error: unknown): Promise<ReachFailure> {
  const reason = reasonOf(error);
  if (url.protocol === 'https:' && isNoTls(error)) return { reason, protocol: 'http:' };
  if (url.protocol === 'http:' && isCutOff(error) && (await speaksTls(url))) return { reason, protocol: 'https:' };
  return { reason };
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}

/** OpenSSL received something other than TLS. */
function isNoTls(error: unknown): boolean {
  return /wrong version number|packet length too long|http request|EPROTO/i.test(detailsOf(error));
}

/** An error of Node's HTTP parser, or a closed connection: the effects of plain HTTP sent to a TLS server. */
function isCutOff(error: unknown): boolean {
  return /HPE_|other side closed|socket hang up|ECONNRESET|Parse Error|invalid/i.test(detailsOf(error));
}

function detailsOf(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; isErrorLike(at) && parts.length < 10; at = at.cause) {
    parts.push(at.message, String((at as { code?: unknown }).code ?? ''));
  }
  return parts.join(' ');
}

function reasonOf(error: unknown): string {
  if (!isErrorLike(error)) return String(error);
  const { cause, message, code } = error as Error & { code?: unknown };
  if (isErrorLike(cause) && 'errors' in cause) return reasonOf((cause as AggregateError).errors[0]);
  if ('errors' in error && message === '') return reasonOf((error as AggregateError).errors[0]);
  if (cause !== undefined) return reasonOf(cause);
  return message === '' ? String(code ?? 'no reason was given') : message;
}

/** Without instanceof: in Jest, Node's errors are of another realm. */
function isErrorLike(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value;
}
