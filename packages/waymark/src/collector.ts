/** The collector: receives spans, stores them, and serves the viewer and the query APIs. */
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

/** Where a collector listens, which callers it answers, and where it keeps traces. */
export interface CollectorOptions extends EngineOptions {
  /** The port for OTLP, Zipkin's spans, the query APIs and the viewer. 0 for any free port. Default 4318, the port of OTLP over HTTP. */
  readonly port?: number;
  /**
   * A second port, for Zipkin's senders with their default address. If it is taken, the collector starts without it, and `notes`
   * says so. Default 9411 if `port` is left out, else none.
   */
  readonly zipkinPort?: number | 'none';
  /** Whether to use the next free port if `port` is taken. Default `throw`. */
  readonly ifPortTaken?: 'throw' | 'next';
  /**
   * The address to listen at. Default: 127.0.0.1 and ::1, which only this machine can reach. Other addresses need a `token`.
   */
  readonly host?: string;
  /** A secret that every client must send. At least 16 characters: letters, digits and `-._~`. Default none. */
  readonly token?: string;
  /** Host names other than localhost in requests, such as `collector.test`. Default none. */
  readonly allowedHosts?: readonly string[];
  /** The folder of the built viewer. Default: the viewer of this package. */
  readonly viewerFolder?: string;
}

/** A collector that runs in this process. */
export interface Collector {
  /** The address of the viewer and the query APIs, and the base for OTLP: `http://localhost:4318`. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** The address for OTLP over HTTP. */
  readonly otlpUrl: string;
  /** The address for Zipkin's spans. */
  readonly zipkinUrl: string;
  /** Messages for the user: that Zipkin's port was taken, and by which program. */
  readonly notes: readonly string[];
  /**
   * Finishes open requests, closes the store and frees the ports. If the file cannot be closed, rejects with
   * `WAYMARK_STORE_NOT_CLOSED`, which says what is lost; everything else is closed then.
   */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

// All bodies that are being read or wait for the store.
const maxHeldBytes = 256 * 1024 * 1024;

/**
 * Starts a collector in this process: OTLP and Zipkin in, the query APIs and the viewer out.
 *
 * @throws {CollectorError} If the port is taken, with the program that has it; or if an option is wrong.
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
    viewerFolder = join(__dirname, '../dist/viewer'), // the same path from src/ and dist/
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

  // The port is taken first, so that two collectors never open one store. Early requests wait until the rest is ready.
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
        notes.push(`Zipkin's spans are accepted at ${url}/api/v2/spans only: ${error.message}`);
        return undefined;
      });
    }
    const zipkinUrl = `http://${hostInUrl(shownHost)}:${zipkin?.port ?? main.port}/api/v2/spans`;
    // The store opens in its thread while this thread builds the server.
    const launched = launchEngine({ ...engineOptions, caller: readingClient });
    engine = launched.engine;
    // So that `waymark doctor` and the viewer report it.
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
    await close().catch(() => {}); // the first error explains more
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
      'token must have at least 16 characters: letters, digits and -._~ only.',
    );
  }
  if (host !== undefined && !isLoopback(host) && token === undefined) {
    throw new CollectorError(
      'WAYMARK_TOKEN_MISSING',
      `Other machines can reach the collector at ${host}: set a token that clients must send, or leave host out to accept this machine only.`,
    );
  }
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
