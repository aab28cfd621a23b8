// Instrumentations that carry contexts through queues and callbacks, that write the active span into logs, and that patch Node.
import { Writable } from 'node:stream';
import { observeWith } from '../observe.ts';
import type { Scenario } from '../scenario.ts';

export const scenario: Scenario = {
  instrumentations: (load) => [
    new (load('@opentelemetry/instrumentation-dataloader').DataloaderInstrumentation)(),
    new (load('@opentelemetry/instrumentation-generic-pool').GenericPoolInstrumentation)(),
    new (load('@opentelemetry/instrumentation-lru-memoizer').LruMemoizerInstrumentation)(),
    new (load('@opentelemetry/instrumentation-fs').FsInstrumentation)({ requireParentSpan: true }),
    new (load('@opentelemetry/instrumentation-dns').DnsInstrumentation)(),
    new (load('@opentelemetry/instrumentation-pino').PinoInstrumentation)(),
    new (load('@opentelemetry/instrumentation-winston').WinstonInstrumentation)(),
  ],

  async run(application) {
    const { load, api, inRequest, mark } = application;
    const observe = observeWith(application);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const atOnce = (names: readonly string[], what: string, fn: (name: string) => Promise<unknown>) =>
      Promise.all(names.map((name) => inRequest(`${what} ${name}`, () => fn(name))));

    const DataLoader = load('dataloader');
    const loader = new DataLoader(async (keys: readonly string[]) => {
      await null;
      mark('batch');
      return keys;
    });
    await atOnce(['a', 'b'], 'loader', async (name) => {
      await loader.load(name);
      mark(`after ${name}`);
    });

    const pool = load('generic-pool').createPool({ create: async () => ({}), destroy: async () => {} }, { max: 1 });
    await atOnce(['a', 'b', 'c'], 'pool', async (name) => {
      const resource = await pool.acquire();
      mark(`has ${name}`);
      await turn();
      await pool.release(resource);
    });

    const memoized = load('lru-memoizer')({
      load(key: string, callback: (error: null, value: string) => void) {
        setImmediate(() => {
          mark('loads');
          callback(null, key);
        });
      },
      hash: (key: string) => key,
      max: 10,
    });
    await atOnce(['a', 'b'], 'memoizer', async (name) => {
      await new Promise<void>((resolve) => memoized('key', () => resolve(mark(`has ${name}`))));
    });

    await inRequest('files', async () => {
      const { promises, readFile, readFileSync } = load('node:fs');
      readFileSync(__filename);
      await promises.readFile(__filename);
      mark('after a promise');
      await promises.readFile('/absent').catch(() => mark('after a failure'));
      await new Promise<void>((resolve) => readFile(__filename, () => resolve(mark('in a callback'))));
    });
    await inRequest('names', async () => {
      const { lookup, promises } = load('node:dns');
      await new Promise<void>((resolve) => lookup('localhost', () => resolve(mark('looked up'))));
      await promises.lookup('localhost');
    });

    const lines: string[] = [];
    const stream = new Writable({
      write(line, _, done) {
        lines.push(String(line));
        done();
      },
    });
    const winston = load('winston');
    const loggers = [
      load('pino')(stream),
      winston.createLogger({ transports: [new winston.transports.Stream({ stream })] }),
    ];
    await inRequest('logs', async () => {
      for (const logger of loggers) logger.info('hello');
      await turn();
      const { traceId, spanId } = api.trace.getActiveSpan()?.spanContext() ?? {};
      for (const line of lines) {
        const { trace_id, span_id, trace_flags } = JSON.parse(line);
        // Waymark also sets the flag that the trace id is random.
        observe('log line', [trace_id === traceId, span_id === spanId, trace_flags === '01' || trace_flags === '03']);
      }
    });
  },
};
