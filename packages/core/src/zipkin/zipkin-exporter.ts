/** The Zipkin exporter: Zipkin's JSON on the send queue that all exporters share. */

import type { SpanExporter } from '../exporter.ts';
import type { RecordingSpan } from '../recording-span.ts';
import type { Delivery } from '../sending/delivery.ts';
import { checkReceiver, showAddress } from '../sending/health-check.ts';
import { createHttpPost, type HttpPostOptions, type PostResult, throughProxy } from '../sending/http-post.ts';
import { createSendQueue } from '../sending/send-queue.ts';
import { createSender } from '../sending/sender.ts';
import { readSettings } from '../settings/read-settings.ts';
import { version } from '../version.ts';
import { zipkinWords } from './receiver-words.ts';
import { zipkinFormat } from './zipkin-format.ts';
import { resolveZipkinSettings, type ZipkinExporterOptions } from './zipkin-options.ts';

/**
 * Sends spans to Zipkin, or to another receiver of its JSON, version 2.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` or `WAYMARK_UNKNOWN_OPTION`, with the value and the remedy.
 * @see https://zipkin.io/zipkin-api/#/default/post_spans
 * @example
 * createTracer({ serviceName: 'orders', exporter: zipkinExporter({ url: 'https://zipkin.example.com/api/v2/spans' }) });
 */
export function zipkinExporter(options: ZipkinExporterOptions = {}): SpanExporter {
  const settings = readSettings('zipkinExporter(options)', () => resolveZipkinSettings(options));
  const { batch, spool, warnings } = settings;
  const http: HttpPostOptions = {
    url: settings.url,
    headers: settings.headers,
    contentType: zipkinFormat.contentType,
    compression: settings.compression,
    userAgent: `Waymark-Zipkin-Exporter/${version}`,
    // Both options limit one request: the exporter's and the batching's.
    timeoutMs: Math.min(settings.timeoutMs, batch.exportTimeoutMs),
    tls: { ca: settings.certificate, key: settings.clientKey, cert: settings.clientCertificate },
    proxy: settings.proxy,
    words: zipkinWords,
  };

  function toDelivery(result: PostResult, spanCount: number): Delivery {
    // Zipkin accepts the whole request or nothing: its 202 has no body.
    return result.isAccepted ? { lostCount: 0, warning: result.doubt } : { lostCount: spanCount, ...result };
  }

  const queue = createSendQueue({
    name: 'zipkin',
    batch,
    spool,
    format: zipkinFormat,
    warnings,
    ...createSender(createHttpPost(http), batch, toDelivery),
  });
  return {
    ...queue,
    origins: settings.origins,
    destination: showAddress(settings.url) + throughProxy(settings.proxy),
    healthCheck: (span: RecordingSpan, options) => checkReceiver({ http, format: zipkinFormat }, span, options),
  };
}
