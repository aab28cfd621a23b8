// @ts-check
// `npm start`: three services in three processes, some traffic, and the traces that come of it, until Ctrl-C.
// `npm start -- --once`: the same without staying. Exits 0 if every trace is as demo.js has it, else 1 with the reason.
import { once } from 'node:events';
import { renderTrace, startOtlpReceiver } from '@waymark/core/testing';
import { outline, requests } from './demo.js';
import { startRelay } from './relay.js';
import { startServices } from './services.js';
import { followTraces } from './traces.js';

const receiver = await startOtlpReceiver();
const yours = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const relay = yours ? await startRelay(receiver.url, `${yours.replace(/\/$/, '')}/v1/traces`) : undefined;
const services = await startServices(relay?.url ?? receiver.url);
// Under npm, Ctrl-C comes twice: from the terminal, and from npm.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(0));
services.whenOneEnds.then((name) => end(1, `${name} ended by itself.`));

console.log(`Three services, three processes:
  gateway  Express  ${services.gateway}
  orders   Fastify  ${services.orders}
  users    Express  ${services.users}
`);

const traces = followTraces(receiver);
// The first request of a process loads and compiles much, which its trace would show: nobody looks at it.
for (const request of requests) await (await send(request)).trace;

traces.on('trace', show);
for (const request of requests) {
  const { status, trace } = await send(request);
  console.log(`GET ${request.path} → ${status}\n`);
  const received = outline(await trace);
  if (status !== request.status) await end(1, `GET ${request.path} answered ${status}, not ${request.status}.`);
  if (received !== request.trace) {
    await end(1, `Its trace should be:${request.trace}\n\nbut is:${received || '\nnothing, after 10 s'}`);
  }
}

if (process.argv.includes('--once')) {
  console.log('Both traces are complete, each span below its parent.');
  await end(0);
}

console.log(`Your turn; each trace appears here, and Ctrl-C ends it:
  curl ${services.gateway}/users/7/orders
  curl ${services.gateway}/users/13/orders
`);

/** @param {import('./demo.js').DemoRequest} request */
async function send({ path, headers }) {
  const traced = once(traces, 'trace', { signal: AbortSignal.timeout(10_000) });
  const trace = traced.then(
    ([spans]) => spans,
    () => [],
  );
  const response = await fetch(services.gateway + path, { headers });
  await response.text();
  return { status: response.status, trace };
}

/** @param {readonly import('@waymark/core/testing').SpanData[]} spans @param {boolean} isWhole */
function show(spans, isWhole) {
  const { columns = 100, isTTY: colors = false } = process.stdout;
  console.log(renderTrace(spans, { colors, width: Math.min(columns, 120) }));
  if (!isWhole) console.log('A parent is missing: a service has not sent all its spans.');
}

/** @param {0 | 1} code @param {string} [reason] */
async function end(code, reason) {
  if (reason) console.error(reason);
  await services.stop();
  relay?.close();
  await receiver.close();
  process.exit(code);
}
