// `hostile-properties.ts <subject>`: replaces each property of request and response that tracing reads by each of a number of odd
// values: before tracing begins, in the handler, and after the answer. It prints each case in which the application with tracing differs
// from the one without: another answer, another uncaught error, or another span than that of a good answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import type { RunningApp } from './adapter-under-test.ts';
import { openConnection, requestText } from './raw-client.ts';
import { loadSubject, type SubjectName } from './subjects.ts';
import { outcomeOf } from './traced-app.ts';

// From 22 on, Node takes a request whose `upgrade` has been set for an upgrade without a listener, and destroys the connection
// during the answer. The span is right to report that.
const nodeActsOnUpgrade = Number(process.versions.node.split('.')[0]) >= 22;

const requestProperties = [
  ...['method', 'url', 'originalUrl', 'headers', 'socket', 'httpVersion', 'httpVersionMajor', 'aborted'],
  ...(nodeActsOnUpgrade ? [] : ['upgrade']),
  ...[
    'app',
    'span',
    'route',
    'baseUrl',
    'protocol',
    'ip',
    'ips',
    'host',
    'hostname',
    'listenerCount',
    'complete',
    'res',
  ],
];
const responseProperties = [
  ...['stream', 'req', 'socket', 'statusCode', 'statusMessage', 'headersSent', 'errored', 'writableEnded', 'destroyed'],
  ...['getHeader', 'getHeaders', 'listenerCount', 'app', 'span', 'finished', 'writableFinished', 'locals'],
];

const values: Readonly<Record<string, () => PropertyDescriptor>> = {
  undefined: () => ({ value: undefined }),
  null: () => ({ value: null }),
  false: () => ({ value: false }),
  true: () => ({ value: true }),
  zero: () => ({ value: 0 }),
  'a number': () => ({ value: 7 }),
  'a string': () => ({ value: 'shop' }),
  'a symbol': () => ({ value: Symbol('odd') }),
  'a bigint': () => ({ value: 7n }),
  'an object': () => ({ value: {} }),
  'an array': () => ({ value: [] }),
  'a function': () => ({ value: () => undefined }),
  'a function that throws': () => ({ value: fail }),
  'a proxy that throws': () => ({ value: new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail }) }),
  'a revoked proxy': () => ({ value: revokedProxy() }),
};
const throwing: PropertyDescriptor = { get: fail, set: () => {} };

const places = ['before', 'in the handler', 'after the answer'] as const;

interface Case {
  readonly target: 'request' | 'response';
  readonly property: string;
  readonly value: string;
  readonly place: (typeof places)[number];
}

function* allCases(): Generator<Case> {
  for (const target of ['request', 'response'] as const) {
    for (const property of target === 'request' ? requestProperties : responseProperties) {
      for (const value of [...Object.keys(values), 'a getter that throws']) {
        for (const place of places) yield { target, property, value, place };
      }
    }
  }
}

function fail(): never {
  throw new Error('a property of the application');
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

let current: Case | undefined;
let uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(error?.message ?? String(error)));
process.on('unhandledRejection', (error) => uncaught.push(`rejected: ${(error as Error)?.message ?? String(error)}`));

function replaceAt(place: Case['place'], request: IncomingMessage, response: ServerResponse): void {
  if (current?.place !== place) return;
  const descriptor = values[current.value]?.() ?? throwing;
  const writable = 'value' in descriptor ? { writable: true } : {};
  const target = current.target === 'request' ? request : response;
  try {
    Object.defineProperty(target, current.property, {
      configurable: true,
      enumerable: true,
      ...writable,
      ...descriptor,
    });
  } catch {
    // The property exists and cannot be replaced, so there is nothing to try.
  }
}

async function start(name: SubjectName, exporter: InMemoryExporter | undefined): Promise<RunningApp> {
  const app = await loadSubject(name).start({
    routes: [
      {
        method: 'GET',
        path: '/users/:id',
        handler({ request, response, send }) {
          replaceAt('in the handler', request, response);
          send(200, { id: '7' });
          replaceAt('after the answer', request, response);
        },
      },
    ],
    tracing: exporter && {
      exporter,
      outbound: false,
      env: {},
      logLevel: 'none',
      captureHeaders: { request: ['x-request'], response: ['content-type'] },
      trust: 'ids',
      ignore: '/nothing',
    },
  });
  app.server.prependListener('request', (request, response) => replaceAt('before', request, response));
  return app;
}

/** The answer that a client gets in one case, and the uncaught errors. */
async function tryCase(app: RunningApp, it: Case, timeoutMs: number): Promise<string> {
  current = it;
  uncaught = [];
  const connection = await openConnection(app.port);
  const headers = [
    ['connection', 'close'],
    ['x-request', 'x'],
    ['baggage', 'a=1'],
    ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
  ] as const;
  await connection.send(requestText('/users/7?a=1', { headers }));
  // If the application without tracing does not answer, there is nothing to compare.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, 'no answer');
  });
  const answer = await Promise.race([connection.receiveAll().catch(String), late]);
  clearTimeout(timer);
  connection.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  current = undefined;
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return `${head.split('\r\n')[0]} ${body.split('<br>')[0]} ${uncaught.join('; ')}`.trim();
}

async function main(name: SubjectName): Promise<void> {
  const exporter = inMemoryExporter();
  const bare = await start(name, undefined);
  const traced = await start(name, exporter);
  const differences: string[] = [];
  let good = 0;
  for (const it of allCases()) {
    const expected = await tryCase(bare, it, 40);
    if (!expected.startsWith('HTTP/1.1 200') || !expected.endsWith('}')) {
      // This case fails without tracing too. With tracing it may fail in another way.
      continue;
    }
    good++;
    exporter.reset();
    const actual = await tryCase(traced, it, 2000);
    const label = `${it.target}.${it.property} is ${it.value}, ${it.place}`;
    if (actual !== expected) differences.push(`${label}: ${actual} in place of ${expected}`);
    const [span] = await exporter.waitFor(1, { timeoutMs: 2000 }).catch(() => []);
    const outcome = span === undefined ? 'no span' : outcomeOf(span).replace(/^.*?: /, '');
    if (outcome !== '200, unset') differences.push(`${label}: ${outcome}`);
  }
  process.stdout.write(JSON.stringify({ good, differences }), () => process.exit());
}

void main(process.argv[2] as SubjectName); // the test gives one
