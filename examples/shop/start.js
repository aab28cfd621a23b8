// @ts-check
// `npm start`: a collector, a database, three services in three processes, some requests and their traces, until Ctrl-C.
// `npm start -- --once`: the same, but it ends by itself. The exit code is 0 if every trace is as in demo.js, else 1 with the reason.
import { startCollector } from 'waymark';
import { startDatabase } from './database.js';
import { problems, requests } from './demo.js';
import { startRelay } from './relay.js';
import { startServices } from './services.js';
import { readTrace, waitForTrace } from './traces.js';
import { followTraces, printTrace } from './waymark.js';

const staysOpen = !process.argv.includes('--once');
const database = await startDatabase().catch(({ message }) => {
  console.error(message);
  process.exit(1);
});
const collector = await startCollector(staysOpen ? { ifPortTaken: 'next', zipkinPort: 'none' } : { port: 0 });
const yours = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
const relay = yours ? await startRelay(collector.otlpUrl, `${yours.replace(/\/$/, '')}/v1/traces`) : undefined;
const services = await startServices(relay?.url ?? collector.otlpUrl, `${collector.url}/trace/{traceId}`, database.url);
/** @type {import('node:child_process').ChildProcess | undefined} */
let following;
// Under npm, Ctrl-C comes twice: from the terminal, and from npm.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(0));
for (const started of [services, database]) started.onEnd((name) => end(1, `${name} ended by itself.`));

console.log(`Three services, three processes, a database, and a collector:
  gateway   Express     ${services.gateway}
  orders    Fastify     ${services.orders}
  users     Express     ${services.users}
  database  PostgreSQL  ${database.host}
  waymark               ${collector.url}
`);

// The first request of a process loads and compiles code, which would be in its trace: only the second round is shown.
for (const isShown of [false, true]) for (const request of requests) await show(request, isShown);

if (!staysOpen) {
  console.log('Both traces are complete, each span below its parent.');
  await end(0);
}

for (const { path, headers } of problems) await (await fetch(services.gateway + path, { headers })).text();
following = await followTraces(collector.url);
console.log(`Look at them in the browser, and find the problem in each of four others: ${collector.url}

Your turn. Each trace appears here. Ctrl-C ends the demo:
  curl ${services.gateway}/users/7/orders
${problems.map(curl).join('\n')}
`);

/** @param {import('./demo.js').DemoRequest} request @param {boolean} isShown */
async function show(request, isShown) {
  const { status, traceId, completed } = await send(request);
  if (status !== request.status) await end(1, `GET ${request.path} answered ${status}, not ${request.status}.`);
  const received = await completed;
  if (received !== request.trace) {
    await end(1, `Its trace should be:${request.trace}\n\nbut is:${received || '\nnothing, after 10 s'}`);
  }
  if (!isShown) return;
  console.log(`GET ${request.path} → ${status}\n`);
  await printTrace(collector.url, traceId);
  console.log();
}

/** @param {typeof problems[number]} problem */
function curl({ path, headers, problem }) {
  const options = Object.entries(headers).map(([name, value]) => ` -H '${name}: ${value}'`);
  return `  curl ${services.gateway}${path}${options.join('')}   # ${problem}`;
}

/** @param {import('./demo.js').DemoRequest} request */
async function send({ path, headers, trace }) {
  const response = await fetch(services.gateway + path, { headers });
  await response.text();
  // Only in development: services.js sets WAYMARK_TRACE_URL.
  const traceId = response.headers.get('x-trace-url')?.split('/').at(-1) ?? '';
  return { status: response.status, traceId, completed: waitForTrace(() => readTrace(collector.url, traceId), trace) };
}

/** @param {0 | 1} code @param {string} [reason] */
async function end(code, reason) {
  if (reason) console.error(reason);
  following?.kill();
  await services.stop();
  await database.stop();
  relay?.close();
  await collector.close();
  process.exit(code);
}
