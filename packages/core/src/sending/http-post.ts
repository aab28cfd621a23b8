/** Posts a body to an address within a deadline, and explains a failure. */
import type http from 'node:http';
import { performance } from 'node:perf_hooks';
import type { ProxySettings } from '../settings/proxy.ts';
import { type AnswerText, shorten, textOf } from './answer-text.ts';
import type { Retry } from './delivery.ts';
import {
  blameProxy,
  explainFailure,
  explainOtherServer,
  explainStatus,
  isTooLarge,
  kindOfFailure,
  ProxyError,
  type ReceiverWords,
  TimeoutError,
} from './explain-failure.ts';
import { type HttpClient, openClient, type TlsOptions, toPlainRequest } from './http-client.ts';
import { type IdentifyBody, judgeAnswer, type Verdict } from './judge-answer.ts';
import { postAndWait, type WaitLimits } from './post-and-wait.ts';
import type { PlainResult } from './post-worker.ts';
import { parseRetryAfter } from './retry-after.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';

export interface HttpPostOptions {
  readonly url: string;
  /** Sent with each request; names in lower case. Headers that describe the body override them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly compression: 'none' | 'gzip';
  readonly userAgent: string;
  /** For one request, from the first byte out to the last byte in. */
  readonly timeoutMs: number;
  readonly tls?: TlsOptions;
  readonly proxy?: ProxySettings | undefined;
  /** For messages about failures. */
  readonly words: ReceiverWords;
  /** Finds the receiver's message in an answer that is not 2xx. Default: its text. */
  readErrorMessage?(answer: AnswerText): string | undefined;
  /** Recognizes the body of an answer of 2xx in the format's encoding. */
  readonly identifyBody?: IdentifyBody;
}

export interface Answer extends AnswerText {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
}

/** The result of a request: accepted with an answer of 2xx, or not. */
export type PostResult =
  | ({
      readonly isAccepted: true;
      /** Why the answer may come from another server than a receiver. */
      readonly doubt?: string | undefined;
    } & Answer)
  | {
      readonly isAccepted: false;
      readonly reason: string;
      readonly message: string;
      /** Present if the same request may succeed later. */
      readonly retry?: Retry | undefined;
      /** Present if the receiver would accept a smaller request. */
      readonly isTooLarge?: true | undefined;
    };

export interface HttpPost {
  /** Sends a body in parts: joining them would take as long as sending them. Never rejects. */
  post(body: readonly Buffer[]): Promise<PostResult>;
  /**
   * Sends bodies once, and blocks the thread until all are answered. For a process that ends at once.
   *
   * @returns In the order of the bodies; `undefined` for a body that was not answered in time. Never throws.
   */
  postAndWait(
    bodies: readonly (readonly Buffer[])[],
    limits: Omit<WaitLimits, 'maxBodyBytes'>,
  ): readonly (PostResult | undefined)[];
  /** Whether the operating system has the whole body, so that it arrives even if this process ends. */
  isFullySent(body: readonly Buffer[]): boolean;
  /** Aborts requests under way. Each counts as a broken connection. */
  abort(): void;
  /** Closes idle connections. */
  close(): void;
}

/** The result of one attempt. `stale`: the receiver closed a reused connection at the same moment, so the request is sent again. */
type Outcome = PostResult | 'stale';

// OTLP specification, "Retryable Response Codes".
const retryableStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

// OTLP specification, "OTLP/HTTP Response": a client should read no more than 4 MiB.
const maxResponseBytes = 4 * 1024 * 1024;

// One "processing" each second is more than any receiver sends before the deadline. An endless sequence would keep the host busy.
const maxInterimAnswers = 100;

export function createHttpPost(options: HttpPostOptions): HttpPost {
  const { compression, timeoutMs } = options;
  const url = new URL(options.url);
  const origin = url.origin + throughProxy(options.proxy); // without user and query, so it may be shown
  const headers = headersOf(options);
  const secrets = secretsOf(options);
  const underWay = new Map<http.ClientRequest, readonly Buffer[]>();
  let client: HttpClient | undefined;

  async function post(body: readonly Buffer[]): Promise<PostResult> {
    const deadlineMs = performance.now() + timeoutMs;
    const parts = compression === 'gzip' ? [await gzip(Buffer.concat(body))] : body;
    for (;;) {
      const outcome = await attempt(body, parts, deadlineMs - performance.now());
      if (outcome !== 'stale') return outcome; // the number of reused connections is limited
    }
  }

  function attempt(body: readonly Buffer[], parts: readonly Buffer[], remainingMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      let request: http.ClientRequest | undefined;
      const timer = setTimeout(() => fail(new TimeoutError(`no answer within ${timeoutMs} ms`)), remainingMs).unref();
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        if (request !== undefined) underWay.delete(request);
        resolve(outcome);
        // The answer may come before the whole body is sent. The receiver does not read the rest.
        if (request?.writableFinished !== true) request?.destroy();
      };
      const fail = (given: Error): void => {
        const failure = failureOf(given);
        const isStale = failure.retry?.why === 'cut' && request?.reusedSocket === true && given !== aborted;
        settle(isStale ? 'stale' : failure);
        request?.destroy();
      };
      try {
        client ??= openClient({ ...options, keepAlive: true });
        request = client.post(headersFor(parts));
      } catch (error) {
        fail(error as Error); // thrown by Node
        return;
      }
      underWay.set(request, body);
      request.on('error', fail);
      let interimAnswers = 0;
      request.on('information', () => {
        if (++interimAnswers <= maxInterimAnswers) return;
        const message = `${origin}: more than ${maxInterimAnswers} interim answers, and no final one`;
        settle({ isAccepted: false, reason: 'bad-response', message });
        request?.destroy();
      });
      // Without this listener Node closes the connection silently.
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        settle(refusal(answerOf(response, Buffer.alloc(0))));
      });
      request.on('socket', (socket) => socket.unref());
      request.on('response', (response) => readAnswer(response, settle, fail));
      request.cork(); // one system call for all parts
      for (const part of parts) request.write(part);
      request.end();
    });
  }

  function postBodiesAndWait(
    bodies: readonly (readonly Buffer[])[],
    limits: Omit<WaitLimits, 'maxBodyBytes'>,
  ): readonly (PostResult | undefined)[] {
    try {
      const requests = bodies.map((body) => {
        const zip = (): Buffer => process.getBuiltinModule('node:zlib').gzipSync(Buffer.concat(body));
        const parts = compression === 'gzip' ? [zip()] : body;
        return toPlainRequest({ ...options, keepAlive: false }, headersFor(parts), parts);
      });
      const results = postAndWait(requests, { ...limits, maxBodyBytes: maxResponseBytes });
      return results.map((result) => result && resultOf(result));
    } catch (error) {
      // No thread can be started here, or this thread cannot be blocked.
      const message = `${origin}: nothing can be sent while the process ends (${(error as Error).message})`;
      return bodies.map(() => ({ isAccepted: false, reason: 'send-failed', message }));
    }
  }

  function resultOf(result: PlainResult): PostResult {
    if ('message' in result) {
      const error = Object.assign(new Error(result.message), { code: result.code });
      return failureOf(result.isOfProxy ? new ProxyError(result.message, undefined, error) : error);
    }
    const { status, body } = result;
    const headers = result.headers as http.IncomingHttpHeaders; // the thread got them from Node
    const contentType = (headers['content-type'] ?? '').toLowerCase();
    return outcomeOf({ status, headers, contentType, body: Buffer.from(body) });
  }

  function headersFor(parts: readonly Buffer[]): http.OutgoingHttpHeaders {
    return { ...headers, 'content-length': parts.reduce((sum, { length }) => sum + length, 0) };
  }

  function failureOf(given: Error): Extract<PostResult, { isAccepted: false }> {
    const error = blameProxy(given, options);
    const message = `${origin}: ${withoutSecrets(explainFailure(error, options.words, options.proxy), secrets)}`;
    return { isAccepted: false, ...kindOfFailure(error), message };
  }

  function readAnswer(
    response: http.IncomingMessage,
    settle: (outcome: Outcome) => void,
    fail: (error: Error) => void,
  ): void {
    const parts: Buffer[] = [];
    let byteCount = 0;
    response.on('data', (part: Buffer) => {
      byteCount += part.length;
      if (byteCount <= maxResponseBytes) {
        parts.push(part);
        return;
      }
      const message = `${origin}: the answer is longer than ${maxResponseBytes} bytes`;
      settle({ isAccepted: false, reason: 'response-too-large', message });
      response.destroy();
    });
    response.on('error', fail);
    response.on('end', () => settle(outcomeOf(answerOf(response, Buffer.concat(parts)))));
  }

  function outcomeOf(answer: Answer): PostResult {
    const { status } = answer;
    if (status < 200 || status >= 300) return refusal(answer);
    const verdict = judgeWithoutSecrets(answer, options, secrets);
    if (verdict.from === 'receiver') return { isAccepted: true, ...answer };
    const message = `${origin}: ${explainOtherServer(status, verdict, options.words)}`;
    if (verdict.from === 'doubtful') return { isAccepted: true, ...answer, doubt: message };
    // Not sent again: the server may do anything with the spans.
    return { isAccepted: false, reason: 'not-a-receiver', message };
  }

  function refusal(answer: Answer): PostResult {
    const { status, headers } = answer;
    const text = errorTextOf(answer, options, secrets);
    return {
      isAccepted: false,
      reason: `http-${status}`,
      message: `${origin}: ${explainStatus(answer, text, options.words)}`,
      ...(retryableStatuses.has(status) && { retry: { why: 'busy', afterMs: parseRetryAfter(headers) } }),
      ...(isTooLarge(status, text ?? '') && { isTooLarge: true }),
    };
  }

  return {
    post,
    postAndWait: postBodiesAndWait,
    isFullySent(body) {
      for (const [request, itsBody] of underWay) if (itsBody === body) return request.writableFinished;
      return false;
    },
    abort() {
      for (const request of underWay.keys()) request.destroy(aborted);
    },
    close() {
      client?.close();
    },
  };
}

export function answerOf({ statusCode: status = 0, headers }: http.IncomingMessage, body: Buffer): Answer {
  return { status, headers, contentType: (headers['content-type'] ?? '').toLowerCase(), body }; // a response always has a status
}

/** The receiver's message, without secrets that it repeats. */
export function errorTextOf(
  answer: AnswerText,
  { readErrorMessage = textOf }: HttpPostOptions,
  secrets: readonly string[],
): string | undefined {
  const text = readErrorMessage(answer);
  return text === undefined ? undefined : withoutSecrets(text, secrets);
}

/** Judges and describes an answer of 2xx, without secrets that it repeats. */
export function judgeWithoutSecrets(
  answer: Answer,
  { identifyBody }: HttpPostOptions,
  secrets: readonly string[],
): { readonly from: Verdict['from']; readonly what: string } {
  const { from, what, text } = judgeAnswer(answer, identifyBody);
  return { from, what: text === undefined ? what : `${what} "${shorten(withoutSecrets(text, secrets))}"` };
}

const aborted = new Error('the request was aborted because the process ends');

/** All headers except the length. */
export function headersOf(options: HttpPostOptions): Record<string, string> {
  const { contentType, compression, userAgent } = options;
  const { 'user-agent': callersAgent, ...callersHeaders } = options.headers;
  return {
    ...callersHeaders,
    'content-type': contentType,
    'user-agent': callersAgent === undefined ? userAgent : `${callersAgent} ${userAgent}`,
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
  };
}

function gzip(body: Buffer): Promise<Buffer> {
  const zlib = process.getBuiltinModule('node:zlib');
  return new Promise((resolve, reject) => {
    zlib.gzip(body, (error, compressed) => (error ? reject(error) : resolve(compressed)));
  });
}

/** Names the proxy in a message, after an address. */
export function throughProxy(proxy: ProxySettings | undefined): string {
  return proxy === undefined ? '' : ` through the proxy ${proxy.shown}`;
}
