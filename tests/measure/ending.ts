// `npm run measure:end`: the cost of one `end()` for its caller, from a million calls: the median, and the worst. `end()`
// never builds a batch: that would show as hundreds of microseconds at each five hundredth span. Measured in turns with memory only,
// with a spool, and without an exporter: the last shows the share of the machine and of the garbage collector. The receiver is a real one, in a separate process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTracer, type SpanExporter } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';

const spanCount = Number(process.argv[2] ?? 1_000_000);
const rounds = 5;
// How many spans a busy service may end in one turn of its event loop. In between, the queue writes and sends.
const spansPerTurn = 500;

const receiverCode = `
  require('node:http')
    .createServer((request, response) => request.resume().on('end', () => response.end()))
    .listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;
const attributes = { 'http.request.method': 'GET', 'http.route': '/users/:id', 'url.path': '/users/42', code: 200 };

interface Figures {
  /** The cost of each span, sorted. */
  readonly costsNs: Float64Array;
  /** Of the whole process for each span, with encoding, writing and sending. */
  readonly cpuUs: number;
  /** How many spans did not arrive. */
  readonly lost: number;
}

async function measure(exporter: SpanExporter | []): Promise<Figures> {
  const tracer = createTracer({ serviceName: 'measure', exporter, flushOnExit: false, env: {} });
  const costsNs = new Float64Array(spanCount);
  const before = process.cpuUsage();
  for (let index = 0; index < spanCount; index++) {
    const span = tracer.startSpan('GET /users/:id', { kind: 'server', attributes });
    const startNs = process.hrtime.bigint();
    span.end();
    costsNs[index] = Number(process.hrtime.bigint() - startNs);
    if (index % spansPerTurn === spansPerTurn - 1) await new Promise(setImmediate);
  }
  await tracer.shutdown();
  const { user, system } = process.cpuUsage(before);
  const { ended, exported, dropped } = tracer.stats();
  return { costsNs, cpuUs: (user + system) / spanCount, lost: 'no-exporter' in dropped ? 0 : ended - exported };
}

/** What a span cost in every round. A batch would fall to the same spans each time; another process, or garbage, does not. */
function leastOf(rounds: readonly Figures[]): Float64Array {
  const least = new Float64Array(spanCount).fill(Number.POSITIVE_INFINITY);
  for (const { costsNs } of rounds) {
    for (let index = 0; index < spanCount; index++) least[index] = Math.min(least[index] ?? 0, costsNs[index] ?? 0);
  }
  return least.sort();
}

async function main(): Promise<void> {
  const receiver = spawn(process.execPath, ['-e', receiverCode], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(receiver.stdout, 'data')) as [Buffer]; // it says one thing
  const url = `http://127.0.0.1:${Number(String(line))}/v1/traces`;
  const directory = mkdtempSync(join(tmpdir(), 'waymark-measure-'));
  const kinds: Readonly<Record<string, () => SpanExporter | []>> = {
    'in memory': () => otlpExporter({ url, env: {} }),
    'with a spool': () => otlpExporter({ url, env: {}, spool: { directory } }),
    'no exporter': () => [],
  };
  for (const make of Object.values(kinds)) await measure(make()); // so that everything is compiled
  const figures: Record<string, Figures[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [kind, make] of Object.entries(kinds)) {
      figures[kind] ??= [];
      figures[kind].push(await measure(make()));
    }
  }
  const table: Record<string, object> = {};
  for (const [kind, ofKind] of Object.entries(figures)) {
    const least = leastOf(ofKind);
    const at = (share: number): number => least[Math.min(Math.floor(spanCount * share), spanCount - 1)] ?? 0;
    const worstOnceNs = Math.max(
      ...ofKind.map(({ costsNs }) => costsNs.reduce((most, cost) => Math.max(most, cost), 0)),
    );
    table[kind] = {
      'median ns': at(0.5),
      '99.99 % / median': Number((at(0.9999) / at(0.5)).toFixed(1)),
      'worst / median': Math.round(at(1) / at(0.5)),
      'worst µs': Number((at(1) / 1e3).toFixed(1)),
      'worst once ms': Number((worstOnceNs / 1e6).toFixed(1)),
      'CPU µs per span': Number(Math.min(...ofKind.map(({ cpuUs }) => cpuUs)).toFixed(2)),
      lost: ofKind.reduce((sum, { lost }) => sum + lost, 0),
    };
  }
  console.log(`${spanCount} spans in each of ${rounds} rounds, Node ${process.version}, ${cpus()[0]?.model.trim()}:`);
  console.table(table);
  rmSync(directory, { recursive: true });
  receiver.kill();
}

void main();
