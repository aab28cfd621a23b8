// One trace through services of ours and of OpenTelemetry's SDKs for JS and Python, in each format that all of them speak.
import { randomBytes } from 'node:crypto';
import { get, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { describeWith } from './backends.ts';
import type { PlainSpan } from './plain-span.ts';
import { readJaeger } from './read-back.ts';
import { type HeaderFormat, type Library, startChain } from './start-service.ts';

const formats: readonly HeaderFormat[] = ['w3c', 'b3', 'b3multi'];
const callerId = '00f067aa0ba902b7';

function headersOf(format: HeaderFormat, traceId: string, isSampled: boolean): Record<string, string> {
  const state = isSampled ? '1' : '0';
  const context: Record<HeaderFormat, Record<string, string>> = {
    w3c: { traceparent: `00-${traceId}-${callerId}-0${state}`, tracestate: 'rojo=1' },
    b3: { b3: `${traceId}-${callerId}-${state}` },
    b3multi: { 'x-b3-traceid': traceId, 'x-b3-spanid': callerId, 'x-b3-sampled': state },
  };
  return { ...context[format], baggage: 'tenant=acme' };
}

/** What the last service of the chain was sent. */
async function callThrough(url: string, headers: Record<string, string>): Promise<IncomingHttpHeaders> {
  const answer = await new Promise<string>((resolve, reject) => {
    get(url, { headers }, (response) => resolve(text(response))).on('error', reject);
  });
  return JSON.parse(answer);
}

/** What the headers of a call say of the caller. */
function callerIn(format: HeaderFormat, headers: IncomingHttpHeaders): Record<string, unknown> {
  if (format === 'b3multi') {
    return {
      traceId: headers['x-b3-traceid'],
      spanId: headers['x-b3-spanid'],
      sampled: headers['x-b3-sampled'],
    };
  }
  const [traceId, spanId, sampled] = String(headers[format === 'w3c' ? 'traceparent' : 'b3'])
    .replace(/^00-(?=.{32}-)/, '')
    .split('-');
  return { traceId, spanId, sampled: sampled?.slice(-1) };
}

const kinds = ['unset', 'internal', 'server', 'client', 'producer', 'consumer'];

/** From the first service down, a line for each span: a chain has one child each. */
function lines(spans: readonly PlainSpan[], parentId = callerId): readonly string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parentId)
    .flatMap(({ spanId, kind, resource }) => [`${serviceOf(resource)}: ${kinds[kind]}`, ...lines(spans, spanId)]);
}

function serviceOf(resource: PlainSpan['resource']): unknown {
  return Object.values(resource.find(([key]) => key === 'service.name')?.[1] ?? {})[0];
}

const js = 'opentelemetry for js';
const python = 'opentelemetry for python';

const chains: readonly (readonly Library[])[] = [
  [js, 'express', python],
  [python, 'fastify', js],
  ['fastify', python, 'express', js, 'fastify'],
];
const cases = chains.flatMap((chain) => formats.map((format) => [chain.join(' → '), format, chain] as const));

describeWith('jaeger', 'python')('one trace', () => {
  test.each(cases)('goes through %s by %s', async (_, format, chain) => {
    const traceId = randomBytes(16).toString('hex');
    const first = await startChain(chain, format);
    try {
      const received = await callThrough(first.url, headersOf(format, traceId, true));
      const spans = await readJaeger(traceId, chain.length * 2 - 1);
      expect(lines(spans)).toEqual(
        chain.flatMap((library, index) => {
          const name = `${index + 1} ${library}`;
          return index === chain.length - 1 ? [`${name}: server`] : [`${name}: server`, `${name}: client`];
        }),
      );
      const lastCall = spans
        .filter(({ kind }) => kind === 3)
        .find(({ resource }) => `${serviceOf(resource)}`.startsWith(`${chain.length - 1} `));
      expect(callerIn(format, received)).toEqual({ traceId, spanId: lastCall?.spanId, sampled: '1' });
      expect(received).toMatchObject({ baggage: 'tenant=acme', ...(format === 'w3c' && { tracestate: 'rojo=1' }) });
    } finally {
      await first.stop();
    }
  });

  test.each(formats)('that its caller does not sample is sampled by no service, by %s', async (format) => {
    const traceId = randomBytes(16).toString('hex');
    const first = await startChain([js, 'express', python, 'fastify'], format);
    try {
      const received = await callThrough(first.url, headersOf(format, traceId, false));
      expect(callerIn(format, received)).toMatchObject({ traceId, sampled: '0' });
    } finally {
      await first.stop();
    }
  });
});
