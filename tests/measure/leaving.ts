// `npm run measure:leaving [-- --rounds 20]`: what arrives of a service's spans for each way in which it may end, and how long the
// process takes for it, compared with the same service without tracing. Prints the table of docs/shutdown.md.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { startOtlpReceiver } from '@waymark/core/testing';
import { type RunningScript, startScript } from '../processes/script.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });
const rounds = Number(values.rounds);

interface Way {
  readonly name: string;
  /** Runs in the service when it is set up. */
  readonly setUp?: string;
  /** Runs in the handler of the request. */
  readonly handler?: string;
  /** What is done to the process; a request is under way. */
  end(running: RunningScript, request: Promise<unknown>): void;
}

const closes = (signal: string): string => `
  process.on('${signal}', () => {
    server.close(() => process.exit(0));
    open.end('done');
  });`;

const bySignal = (signal: NodeJS.Signals) => (running: RunningScript) => running.kill(signal);
const byItself = (): void => {};

const ways: readonly Way[] = [
  {
    name: 'SIGTERM, `server.close(() => process.exit())` (Kubernetes, docker stop)',
    setUp: closes('SIGTERM'),
    end: bySignal('SIGTERM'),
  },
  { name: 'SIGINT, the same (PM2, Ctrl-C)', setUp: closes('SIGINT'), end: bySignal('SIGINT') },
  {
    name: 'SIGTERM, `process.exit()` at once',
    setUp: `process.on('SIGTERM', () => process.exit(0));`,
    end: bySignal('SIGTERM'),
  },
  { name: 'SIGTERM, no listener', end: bySignal('SIGTERM') },
  { name: 'SIGUSR2, no listener (nodemon)', end: bySignal('SIGUSR2') },
  { name: 'SIGHUP, no listener (a terminal that closes)', end: bySignal('SIGHUP') },
  { name: '`process.exit()` in a handler', handler: 'process.exit(0);', end: byItself },
  {
    name: 'an uncaught exception in a request',
    handler: `setTimeout(() => { throw new Error('x'); });`,
    end: byItself,
  },
  { name: 'an unhandled rejection in a request', handler: `Promise.reject(new Error('x'));`, end: byItself },
  { name: 'SIGKILL', end: bySignal('SIGKILL') },
];

const service = ({ setUp = '', handler = '' }: Way, isTraced: boolean): string => `
  const http = require('node:http');
  let open;
  const handle = (req, res) => {
    if (req.url === '/early') return res.end();
    open = res;
    console.log('open');
    process.stdin.once('data', () => { ${handler} });
  };
  const handler = ${isTraced} ? require('@waymark/core/http').traceHandler(handle, { tracer: makeTracer() }) : handle;
  const server = http.createServer(handler);
  ${setUp}
  server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port + '.'));
`;

/** One span has ended before the end begins, and one is open. */
async function runOnce(way: Way, url: string, isTraced: boolean): Promise<number> {
  const running = startScript(service(way, isTraced), url);
  const port = /port (\d+)\./.exec(await running.says('.'))?.[1];
  await (await fetch(`http://127.0.0.1:${port}/early`, { headers: { connection: 'close' } })).text();
  const request = fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).catch(() => {});
  await running.says('open');
  const startMs = performance.now();
  running.tell('go');
  way.end(running, request);
  await running.ended;
  return performance.now() - startMs;
}

function median(times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other);
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} ms`;
}

async function main(): Promise<void> {
  console.log(`Node ${process.versions.node}, ${rounds} processes of each kind, in turns.\n`);
  console.log(
    '| The service ends by | ended spans that arrived | the span that was open | until it has ended | without tracing |',
  );
  console.log('|---|---|---|---|---|');
  for (const way of ways) {
    const receiver = await startOtlpReceiver();
    const traced: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      traced.push(await runOnce(way, receiver.url, true));
      bare.push(await runOnce(way, receiver.url, false));
    }
    await receiver.close();
    const early = receiver.spans.filter(({ attributes }) => attributes['url.path'] === '/early').length;
    const open = receiver.spans.length - early;
    console.log(`| ${way.name} | ${early} of ${rounds} | ${open} of ${rounds} | ${median(traced)} | ${median(bare)} |`);
  }
}

void main();
