// Jest's global set-up: starts Jaeger, the Collector and Zipkin, once for all test files, which find them by `backends.ts`.
import { join } from 'node:path';
import { type BackendUrls, publishBackends, type RunningBackends } from './backends.ts';
import { findFreePorts } from './free-ports.ts';
import { runServer, type ServerProcess } from './run-server.ts';
import { startSink } from './sink.ts';

type Prepared = Awaited<ReturnType<typeof import('./prepare.mjs').prepareBackends>>;

export default async function startBackends(): Promise<void> {
  const { CI, WAYMARK_WITHOUT_BACKENDS } = process.env;
  if (WAYMARK_WITHOUT_BACKENDS === '1') return;
  // An ES module, which Jest's own `import()` would turn into `require()`.
  const { prepareBackends }: typeof import('./prepare.mjs') = await new Function('path', 'return import(path)')(
    join(__dirname, 'prepare.mjs'),
  );
  console.log('\nPreparing Jaeger, Zipkin and Python: minutes the first time, as Jaeger is built');
  const prepared = await prepareBackends();
  const isInCi = CI !== undefined && CI !== 'false';
  if (prepared.missing.length > 0 && isInCi) {
    throw new Error(`${prepared.missing.join('\n')}\nWAYMARK_WITHOUT_BACKENDS=1 leaves these tests out.`);
  }
  for (const complaint of prepared.missing) console.log(`${complaint}\nIts tests are left out.`);

  const sink = await startSink();
  const stops = [sink.stop];
  const started = await Promise.allSettled([
    startJaeger(prepared),
    startCollector(prepared, sink.port),
    startZipkin(prepared),
  ]);
  for (const one of started) if (one.status === 'fulfilled' && one.value) stops.push(one.value.server.stop);
  (globalThis as RunningBackends).stopBackends = async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed) {
    await (globalThis as RunningBackends).stopBackends?.();
    throw failed.reason;
  }
  const urls = started.map((one) => (one.status === 'fulfilled' ? one.value?.urls : {}));
  publishBackends(Object.assign({ sink: sink.url, python: prepared.python }, ...urls));
}

interface Started {
  readonly server: ServerProcess;
  readonly urls: Partial<BackendUrls>;
}

async function startJaeger({ jaeger }: Prepared): Promise<Started | undefined> {
  if (jaeger === undefined) return undefined;
  return tryPorts(6, async ([health, query, queryGrpc, otlp, otlpGrpc, zipkin]) => {
    const server = await runServer({
      command: jaeger,
      args: ['--config', join(__dirname, 'jaeger/jaeger.yaml')],
      env: {
        HEALTH_PORT: `${health}`,
        QUERY_PORT: `${query}`,
        QUERY_GRPC_PORT: `${queryGrpc}`,
        OTLP_PORT: `${otlp}`,
        OTLP_GRPC_PORT: `${otlpGrpc}`,
        ZIPKIN_PORT: `${zipkin}`,
      },
      readyUrl: `http://127.0.0.1:${health}/status`,
    });
    return { server, urls: { jaeger: { otlp: otlpUrl(otlp), zipkin: zipkinUrl(zipkin), query: origin(query) } } };
  });
}

async function startCollector({ jaeger }: Prepared, sinkPort: number): Promise<Started | undefined> {
  if (jaeger === undefined) return undefined;
  return tryPorts(3, async ([health, otlp, zipkin]) => {
    const server = await runServer({
      command: jaeger,
      args: ['--config', join(__dirname, 'jaeger/collector.yaml')],
      env: {
        HEALTH_PORT: `${health}`,
        OTLP_PORT: `${otlp}`,
        ZIPKIN_PORT: `${zipkin}`,
        SINK_PORT: `${sinkPort}`,
      },
      readyUrl: `http://127.0.0.1:${health}/status`,
    });
    return { server, urls: { collector: { otlp: otlpUrl(otlp), zipkin: zipkinUrl(zipkin) } } };
  });
}

async function startZipkin({ zipkin }: Prepared): Promise<Started | undefined> {
  if (zipkin === undefined) return undefined;
  return tryPorts(1, async ([port]) => {
    // Zipkin's own QUERY_PORT would open it on all interfaces.
    const at = '--armeria.ports[0]';
    const server = await runServer({
      command: 'java',
      args: ['-Xmx512m', '-jar', zipkin, `${at}.ip=127.0.0.1`, `${at}.port=${port}`, `${at}.protocols[0]=http`],
      readyUrl: `${origin(port)}/health`,
    });
    return { server, urls: { zipkin: { zipkin: zipkinUrl(port), query: origin(port) } } };
  });
}

/** Tries other ports if another process took one first. */
async function tryPorts(count: number, start: (ports: readonly number[]) => Promise<Started>): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePorts(count));
    } catch (error) {
      if (attempt === 3 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

function origin(port: number | undefined): string {
  return `http://127.0.0.1:${port}`;
}

function otlpUrl(port: number | undefined): string {
  return `${origin(port)}/v1/traces`;
}

function zipkinUrl(port: number | undefined): string {
  return `${origin(port)}/api/v2/spans`;
}
