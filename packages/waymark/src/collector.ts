/** The collector: takes spans in, keeps them, and shows them. */
import { join } from 'node:path';
import type { EngineOptions } from './engine/engine.ts';
import { type Engine, launchEngine } from './engine/start-engine.ts';
import { isLoopback } from './server/allowed-callers.ts';
import { CollectorError } from './server/collector-error.ts';
import { type CollectorServer, createServer } from './server/create-server.ts';
import type { Listener } from './server/listen.ts';
import { createBodyReader } from './server/read-body.ts';
import { readingClient } from './server/reading-client.ts';
import { createReceived } from './server/received.ts';
import { takePort } from './server/take-port.ts';

export interface CollectorOptions extends EngineOptions {
  /** Where OTLP, Zipkin's spans, the query API and the viewer are. 0 for any that is free. Default 4318, OTLP's own. */
  readonly port?: number;
  /**
   * A second port for Zipkin's senders, which do not ask. If it is taken, the collector says so in `notes` and goes on
   * without. Default 9411 if `port` is left out too, else none.
   */
  readonly zipkinPort?: number | 'none';
  /** Whether to look for the next free port if `port` is taken. Default `throw`. */
  readonly ifPortTaken?: 'throw' | 'next';
  /**
   * The address to listen at. Default: 127.0.0.1 and ::1, which only this machine reaches. Any other needs a `token`.
   */
  readonly host?: string;
  /** What everybody must show who sends or reads. At least 16 letters, digits and `-._~`. Default none. */
  readonly token?: string;
  /** Names other than localhost that requests may come by, as `collector.test`. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Where the viewer has been built. Default: that of this package. */
  readonly viewerFolder?: string;
}

export interface Collector {
  /** Of the viewer and the query API, and the base for OTLP: `http://localhost:4318`. */
  readonly url: string;
  readonly port: number;
  /** Where to send OTLP over HTTP. */
  readonly otlpUrl: string;
  /** Where to send Zipkin's JSON. */
  readonly zipkinUrl: string;
  /** What whoever started it should know: that Zipkin's port was taken, and by whom. */
  readonly notes: readonly string[];
  /**
   * Answers what is being asked, closes the store, frees the ports. Rejects with `WAYMARK_STORE_NOT_CLOSED`, which says what is lost, if
   * the file cannot be closed; all else is closed then.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// Bodies that are being read and those that wait for the store, of all senders together.
const maxHeldBytes = 256 * 1024 * 1024;

/**
 * @throws {CollectorError} If a port is taken, with who has it; or if an option is wrong.
 * @example
 * import { createTracer } from '@waymark/core';
 * import { otlpExporter } from '@waymark/core/otlp';
 * import { startCollector } from 'waymark';
 *
 * // Without a `path` it keeps traces in memory.
 * const collector = await startCollector({ port: 0 });
 * const tracer = createTracer({ serviceName: 'users', exporter: otlpExporter({ url: collector.otlpUrl }) });
 * await tracer.shutdown();
 * await collector.close();
 */
export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const {
    port,
    zipkinPort = port === undefined ? 9411 : 'none',
    ifPortTaken = 'throw',
    host,
    token,
    allowedHosts = [],
    viewerFolder = join(__dirname, '../dist/viewer'), // from src/ and dist/ alike
    ...engineOptions
  } = options;
  checkOptions(options);
  const wantedHost = host === undefined || host === 'localhost' ? undefined : host;
  const shownHost = wantedHost === undefined || isWildcard(wantedHost) ? 'localhost' : wantedHost;
  const notes: string[] = [];
  const received = createReceived();
  let zipkin: Listener | undefined;
  let engine: Engine | undefined;
  let server: CollectorServer | undefined;

  // Who comes before everything is ready waits: the port is taken first, so that two collectors never share a store.
  let open = (): void => {};
  const ready = new Promise<void>((resolve) => {
    open = resolve;
  });
  const handle: CollectorServer['handle'] = (request, response) => {
    if (server !== undefined) server.handle(request, response);
    else void ready.then(() => (server === undefined ? response.destroy() : server.handle(request, response)));
  };

  const onProtocolError = (message: string): void => received.refuse('a connection', 400, message);

  const main = await takePort(
    { host: wantedHost, port: port ?? 4318, ifPortTaken, name: 'port', onProtocolError },
    handle,
  );
  const url = `http://${hostInUrl(shownHost)}:${main.port}`;

  async function close(): Promise<void> {
    await server?.close();
    await Promise.all([main.close(), zipkin?.close()]);
    await engine?.close();
  }

  try {
    if (zipkinPort !== 'none') {
      zipkin = await takePort(
        { host: wantedHost, port: zipkinPort, ifPortTaken: 'throw', name: 'zipkinPort', onProtocolError },
        handle,
      ).catch((error: unknown) => {
        if (!(error instanceof CollectorError)) throw error;
        notes.push(`Zipkin's spans are received at ${url}/api/v2/spans only: ${error.message}`);
        return undefined;
      });
    }
    const zipkinUrl = `http://${hostInUrl(shownHost)}:${zipkin?.port ?? main.port}/api/v2/spans`;
    // The store opens in its thread while the server is put together in this one.
    const launched = launchEngine({ ...engineOptions, caller: readingClient });
    engine = launched.engine;
    // Told where `waymark doctor` and the viewer look.
    engine.onFailure(({ message }) => received.refuse('the store', 503, message));
    const creating = createServer(
      {
        engine,
        received,
        bodies: createBodyReader({ maxHeldBytes }),
        rules: { allowedHosts: allowedHosts.map((name) => name.toLowerCase()), token },
        urls: () => ({ viewer: `${url}/`, otlp: `${url}/v1/traces`, zipkin: zipkinUrl }),
      },
      { viewerFolder },
    );
    [server] = await Promise.all([creating, launched.ready]);
    open();
    return {
      url,
      port: main.port,
      otlpUrl: `${url}/v1/traces`,
      zipkinUrl,
      notes,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    open();
    await close().catch(() => {}); // the first error says more
    throw error;
  }
}

function checkOptions({ port, zipkinPort, host, token }: CollectorOptions): void {
  for (const [name, value] of [
    ['port', port],
    ['zipkinPort', zipkinPort],
  ] as const) {
    if (value === undefined || value === 'none') continue;
    if (Number.isInteger(value) && value >= 0 && value <= 65_535) continue;
    throw new CollectorError('WAYMARK_INVALID_OPTION', `${name} must be a whole number from 0 to 65535, got ${value}.`);
  }
  if (token !== undefined && !/^[\w.~-]{16,}$/.test(token)) {
    throw new CollectorError(
      'WAYMARK_INVALID_OPTION',
      'token must have at least 16 characters, of letters, digits and -._~ only.',
    );
  }
  if (host !== undefined && !isLoopback(host) && token === undefined) {
    throw new CollectorError(
      'WAYMARK_TOKEN_MISSING',
      `At ${host} others can reach the collector: give a token that they must show, or leave host out to be reached from this machine only.`,
    );
  }
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
