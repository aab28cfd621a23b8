// `npm run other-tracers`: Waymark together with each of the other tracers. Prints the results as a table, which is the
// one in docs/other-tracers.md; fails if a header is from the wrong tracer.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SpanData } from '@waymark/core/testing';
import { findNode } from '../matrix/node-binaries.ts';

const packages: Readonly<Record<string, string>> = {
  'dd-trace': '5.132.0',
  '@opentelemetry/auto-instrumentations-node': '0.81.2',
  '@opentelemetry/api': '1.9.1',
  newrelic: '13.20.0',
  'elastic-apm-node': '4.18.0',
  '@sentry/node': '11.12.0',
};

/** The tracer whose traceparent `fetch` carries by default. If it is theirs, there must be a warning. */
const tracers: Readonly<Record<string, 'ours' | 'theirs'>> = {
  'dd-trace': 'theirs',
  '@opentelemetry/auto-instrumentations-node': 'theirs',
  newrelic: 'theirs',
  'elastic-apm-node': 'theirs',
  '@sentry/node': 'ours',
  '@sentry/node with propagateTraceparent': 'theirs',
};

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const folder = join(__dirname, '../../node_modules/.cache/other-tracers');

function installTracers(): void {
  const manifest = JSON.stringify({ private: true, dependencies: packages });
  const stamp = join(folder, 'complete');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === manifest) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), manifest);
  execFileSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32', // npm is a script there, which only a shell can start
    },
  );
  writeFileSync(stamp, manifest);
}

interface Found {
  readonly warns: boolean;
  /** By client: which tracer wrote the traceparent, and whether there is a client span of ours. */
  readonly fetch: string;
  readonly http: string;
  /** The number of traces of this service and the next one, for a request without a traceparent. */
  readonly traces: string;
}

async function tryPair(node: string, tracer: string, choice: string): Promise<Found> {
  const received = new Map<string, IncomingHttpHeaders>();
  const next = createServer((request, response) => {
    received.set(request.url ?? '', request.headers);
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(next, 'listening');
  const nextUrl = `http://127.0.0.1:${(next.address() as AddressInfo).port}`; // it listens on a port
  const service = spawn(node, [join(__dirname, 'service.cjs'), tracer, folder, choice, nextUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(createInterface(service.stdout), 'line');
    const url = `http://127.0.0.1:${port}`;
    const call = async (headers: Record<string, string>) => {
      await (await fetch(`${url}/call`, { headers })).text();
      const calls = new Map(received);
      for (;;) {
        const answer = (await (await fetch(`${url}/spans`)).json()) as { spans: SpanData[]; lines: string[] };
        const servers = answer.spans.filter(({ kind }) => kind === 'server');
        if (servers.length === (headers.traceparent ? 1 : 2)) return { ...answer, server: servers.at(-1), calls };
      }
    };
    const continued = await call({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    const fresh = await call({});
    const describe = (path: string) => describeCall(continued.calls.get(path), continued.spans, `${nextUrl}${path}`);
    const isOne = String(fresh.calls.get('/fetch')?.traceparent).includes(fresh.server?.traceId ?? '');
    return {
      warns: continued.lines.some((line) => line.includes('traces this process too')),
      fetch: describe('/fetch'),
      http: describe('/http'),
      traces: isOne ? 'one' : 'two',
    };
  } finally {
    service.kill('SIGKILL');
    next.closeAllConnections();
    next.close();
  }
}

function describeCall(headers: IncomingHttpHeaders | undefined, spans: readonly SpanData[], url: string): string {
  const span = spans.find(({ kind, attributes }) => kind === 'client' && attributes['url.full'] === url);
  const [, , parentId] = String(headers?.traceparent).split('-');
  const isOurs = spans.some(({ spanId }) => spanId === parentId);
  return `${isOurs ? 'ours' : 'theirs'}${span ? '' : ', no client span'}`;
}

async function main(): Promise<void> {
  installTracers();
  const rows: string[] = [];
  const complaints: string[] = [];
  for (const major of [20, 24]) {
    const node = findNode(major);
    for (const [tracer, owner] of Object.entries(tracers)) {
      const byDefault = await tryPair(node, tracer, 'default');
      const replaced = await tryPair(node, tracer, 'replace');
      const version = packages[tracer.split(' ')[0] ?? ''];
      const name = tracer.replace(/^(\S+)/, `$1 ${version}`);
      rows.push(
        `| ${name} | ${major} | ${byDefault.warns ? 'yes' : 'no'} | ${byDefault.fetch} | ${byDefault.http} | ${byDefault.traces} | ${replaced.fetch} | ${replaced.http} | ${replaced.traces} |`,
      );
      const complain = (text: string) => complaints.push(`Node ${major}, ${tracer}: ${text}`);
      if (byDefault.fetch !== owner) complain(`fetch carries ${byDefault.fetch}, expected ${owner}`);
      if (byDefault.warns !== (owner === 'theirs')) complain(`warns: ${byDefault.warns}`);
      if (replaced.fetch !== 'ours' || replaced.traces !== 'one')
        complain(`replaced: ${replaced.fetch}, ${replaced.traces}`);
    }
  }
  console.log(
    '| tracer | Node | warned | fetch | node:http | traces | fetch, replaced | node:http, replaced | traces, replaced |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  console.log(rows.join('\n'));
  if (complaints.length > 0) {
    console.error(complaints.join('\n'));
    process.exitCode = 1;
  }
}

main();
