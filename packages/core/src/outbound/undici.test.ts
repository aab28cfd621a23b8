// Shapes of requests that no undici of today has: versions 5, and HTTP/2 in those, published the same events.
import { channel } from 'node:diagnostics_channel';
import { createTracer } from '../create-tracer.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { instrumentOutbound } from './instrument.ts';

const own = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** Publishes a request with these headers in a span, and returns the names of the headers that were added to it. */
function publishRequest(headers: unknown): { added: string[]; diagnostics: object } {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
  const stop = instrumentOutbound();
  const added: string[] = [];
  const request = {
    origin: 'http://users.example',
    path: '/',
    method: 'GET',
    headers,
    addHeader: (name: string) => added.push(name),
  };
  tracer.withSpan('caller', () => channel('undici:request:create').publish({ request }));
  stop();
  return { added, diagnostics: tracer.stats().diagnostics };
}

test.each([
  ['text', 'accept: */*\r\nx-traceparent: 1\r\n'],
  ['an object', { accept: '*/*' }],
  ['an empty array', []],
])('adds a traceparent to headers in %s', (_shape, headers) => {
  expect(publishRequest(headers)).toEqual({ added: ['traceparent'], diagnostics: {} });
});

test.each([
  ['text', `accept: */*\r\nTraceparent: ${own}\r\n`],
  ['text, at its start', `TRACEPARENT: ${own}\r\n`],
  ['an object', { TraceParent: own }],
  ['an array', ['accept', '*/*', 'TraceParent', own]],
])('adds no second traceparent to headers in %s', (_shape, headers) => {
  expect(publishRequest(headers)).toEqual({ added: [], diagnostics: {} });
});

test('counts headers in an unknown shape', () => {
  expect(publishRequest(undefined).diagnostics).toEqual({ 'instrumentation-failed': 1 });
});
