// `npm run measure:parsers`: how the time to read a hostile header grows with its length. For each format and each shape of
// input, 8 kB and 64 kB in turns; eight times the time would be linear, less is what the limits before reading save.
import {
  b3MultiPropagator,
  b3Propagator,
  baggagePropagator,
  createTracer,
  jaegerPropagator,
  type Propagator,
  tracecontextPropagator,
  xrayPropagator,
} from '@waymark/core';

const rounds = 200;
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** A format, and what is put into its headers for a text of a certain length. */
const formats: readonly (readonly [name: string, propagator: Propagator, headers: (text: string) => object])[] = [
  ['traceparent', tracecontextPropagator, (text) => ({ traceparent: traceparent + text })],
  ['tracestate', tracecontextPropagator, (text) => ({ traceparent, tracestate: text })],
  ['baggage', baggagePropagator, (text) => ({ baggage: text })],
  ['b3', b3Propagator, (text) => ({ b3: text })],
  ['b3multi', b3MultiPropagator, (text) => ({ 'x-b3-traceid': text, 'x-b3-spanid': text })],
  ['jaeger', jaegerPropagator, (text) => ({ 'uber-trace-id': text, 'jaeger-baggage': text, 'uberctx-a': text })],
  ['xray', xrayPropagator, (text) => ({ 'x-amzn-trace-id': text })],
];

const shapes: readonly (readonly [name: string, unit: string])[] = [
  ['one value', 'a'],
  ['members', 'a=b,'],
  ['commas', ','],
  ['spaces', ' '],
  ['properties', 'a=b;'],
  ['escapes', '%41'],
  ['dashes', '0-'],
];

const table: Record<string, Record<string, string>> = {};
for (const [format, propagator, headersOf] of formats) {
  const tracer = createTracer({ propagators: [propagator], exporter: [], env: {} });
  const row: Record<string, string> = {};
  for (const [shape, unit] of shapes) {
    const [short, long] = [8192, 65_536].map((length) => headersOf(unit.repeat(length / unit.length))) as [
      object,
      object,
    ];
    const times: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      times[0].push(time(() => tracer.extract(short)));
      times[1].push(time(() => tracer.extract(long)));
    }
    row[shape] = `${(median(times[1]) / median(times[0])).toFixed(1)} (${median(times[1]).toFixed(0)} µs)`;
  }
  table[format] = row;
}
console.log('Time for 64 kB by that for 8 kB, and the former:');
console.table(table);

function time(run: () => unknown): number {
  const startNs = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - startNs) / 1000;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
}
