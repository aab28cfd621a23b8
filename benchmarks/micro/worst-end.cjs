// How long each of a million `end()` takes, while the real exporter sends: `worst-end.cjs <url> <count>`. After each,
// a calculation that takes about as long and does nothing shows how much of the worst time comes from the machine.
'use strict';
const { performance } = require('node:perf_hooks');
const { setImmediate: nextTurn } = require('node:timers/promises');
const { createTracer } = require('@waymark/core');
const { otlpExporter } = require('@waymark/core/otlp');

const [url, count] = [process.argv[2], Number(process.argv[3])];
const tracer = createTracer({ serviceName: 'bench', exporter: otlpExporter({ url }), env: {}, logLevel: 'none' });
const attributes = { 'url.path': '/users/42', 'http.route': '/users/:id', 'http.response.status_code': 200 };

async function main() {
  const ends = new Float64Array(count);
  const calculations = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const span = tracer.startSpan('GET /users/:id', { kind: 'server', attributes, parent: null });
    const start = performance.now();
    span.end();
    const end = performance.now();
    calculated += calculate();
    calculations[index] = (performance.now() - end) * 1000;
    ends[index] = (end - start) * 1000;
    if (index % 100 === 0) await nextTurn();
  }
  const { lost } = await tracer.flush({ timeoutMs: 120_000 });
  process.send({ lost, calculated, ends: shapeOf(ends), calculations: shapeOf(calculations) });
}

let calculated = 0;
function calculate() {
  let sum = 0;
  for (let index = 0; index < 500; index++) sum = (sum * 31 + index) | 0;
  return sum;
}

function shapeOf(microseconds) {
  const late = microseconds.subarray(Math.min(50_000, count >> 1)).sort();
  const at = (share) => late[Math.min(late.length - 1, Math.floor(late.length * share))];
  return { median: at(0.5), p99: at(0.99), p9999: at(0.9999), worst: at(1) };
}

void main();
