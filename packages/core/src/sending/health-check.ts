/** Sends one span to a receiver, as the exporter does but without the queue, and reports the result and a remedy. */
import type { ExporterHealth, HealthCheckOptions } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { ByteWriter } from './byte-writer.ts';
import { explainClosedDoor, explainRefusal, type Finding } from './explain-health.ts';
import { type Answer, errorTextOf, type HttpPostOptions, judgeWithoutSecrets, throughProxy } from './http-post.ts';
import { requestOnce } from './request-once.ts';
import { secretsOf, withoutSecrets } from './secrets.ts';
import type { SpanFormat } from './span-format.ts';

export interface ReceiverToCheck {
  readonly http: HttpPostOptions;
  readonly format: SpanFormat;
  /** Reads from an answer of 2xx why the span was not accepted; `undefined` if it was. */
  readRejection?(answer: Answer): string | undefined;
}

/** Without user, password and query. */
export function showAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Never rejects. */
export async function checkReceiver(
  receiver: ReceiverToCheck,
  span: RecordingSpan,
  { timeoutMs }: HealthCheckOptions,
): Promise<Omit<ExporterHealth, 'name' | 'durationMs'>> {
  const { http } = receiver;
  const url = new URL(http.url);
  const secrets = secretsOf(http);
  const answerWithinMs = Math.min(timeoutMs, http.timeoutMs);
  const result = await requestOnce(http, encode(receiver.format, span), answerWithinMs);
  if ('error' in result) return report(await explainClosedDoor(result, url, http, answerWithinMs));

  const clockSkewMs = readSkew(result.headers.date, span.nowMs());
  const finding =
    result.status >= 200 && result.status < 300 && result.headers['grpc-status'] === undefined
      ? (findStranger(result) ?? findRejection(receiver, result) ?? findSkew(clockSkewMs))
      : explainRefusal(result, errorTextOf(result, http, secrets), url, http.words);
  return { ...report(finding), ...(clockSkewMs !== undefined && { clockSkewMs }) };

  function findStranger(answer: Answer): Finding | undefined {
    const { from, what } = judgeWithoutSecrets(answer, http, secrets);
    if (from === 'receiver') return undefined;
    const { address, usualPort } = http.words;
    return {
      // A doubtful answer counts as accepted, as it does when spans are exported.
      ok: from === 'doubtful',
      message: `${url.host} answered ${answer.status} with ${what}, which ${from === 'doubtful' ? 'may not be' : 'is not'} an answer of a receiver of traces`,
      remedy: `Set ${address} to the receiver itself; its port is usually ${usualPort}.`,
    };
  }

  /** Empty if the message is about the proxy already. */
  function showProxy(message: string): string {
    return http.proxy === undefined || message.includes(http.proxy.shown) ? '' : ` (asked${throughProxy(http.proxy)})`;
  }

  function report(finding: Finding | undefined): Omit<ExporterHealth, 'name' | 'durationMs'> {
    const {
      message,
      remedy,
      ok = false,
    } = finding ?? { message: `the receiver accepted a span${throughProxy(http.proxy)}`, ok: true };
    return {
      url: showAddress(http.url),
      ok,
      message: withoutSecrets(message, secrets) + (ok ? '' : showProxy(message)),
      ...(remedy !== undefined && { remedy }),
    };
  }
}

function encode(format: SpanFormat, span: RecordingSpan): Buffer {
  const writer = new ByteWriter(Number.POSITIVE_INFINITY);
  writer.beginItem();
  format.encodeSpan(writer, span);
  return Buffer.concat(format.frame([{ scope: span.scope, spans: writer.takeChunk() }], span.tracer.resource));
}

function findRejection({ readRejection }: ReceiverToCheck, answer: Answer): Finding | undefined {
  const reason = readRejection?.(answer);
  return reason === undefined ? undefined : { message: `the receiver answered, and rejected the span: ${reason}` };
}

// A Date header has whole seconds, and its answer may have taken long to arrive. A difference of a minute is visible: spans are
// drawn apart from those of other services.
const skewToleranceMs = 60_000;

/** How far the clock of this machine is ahead. */
function readSkew(date: string | undefined, nowMs: number): number | undefined {
  const theirsMs = Date.parse(date ?? '');
  return Number.isNaN(theirsMs) ? undefined : Math.round((nowMs - theirsMs) / 1000) * 1000;
}

function findSkew(skewMs: number | undefined): Finding | undefined {
  if (skewMs === undefined || Math.abs(skewMs) <= skewToleranceMs) return undefined;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return {
    message: `the receiver accepted a span, but this machine's clock is ${minutes} min ${direction} the receiver's`,
    remedy: 'Set both clocks by NTP. Until then, search for traces in another time range.',
  };
}
