/** `waymark -- node server.js`: runs an application, has it send its traces to a collector, and prints them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { toPrintable } from '@waymark/core/printable-text';
import { type Collector, type CollectorOptions, startCollector } from '../collector.ts';
import { terminalAbilities } from '../terminal/terminal-abilities.ts';
import { CliError } from './cli-error.ts';
import { type CollectorClient, connectTo } from './collector-client.ts';
import { collectorOptions, readCollectorOptions } from './collector-options.ts';
import type { CliIo, Command, Environment } from './command.ts';
import { folderToCreate } from './created-folder.ts';
import { defaultPort } from './find-collector.ts';
import { followTraces } from './follow-traces.ts';
import { printTrace } from './print-trace.ts';
import { readDurationMs } from './read-arguments.ts';

/** Standard output belongs to the application, so the command itself writes to stderr. */
export const runApplication: Command = {
  usage: 'waymark [options] -- COMMAND [ARGUMENTS…]',
  summary: 'run your application and print its traces',
  options: {
    ...collectorOptions,
    slow: { type: 'string', value: 'DURATION', help: 'print only traces at least as long, such as 200ms' },
    brief: { type: 'boolean', short: 'b', help: 'print one line for each trace' },
    quiet: { type: 'boolean', short: 'q', help: 'print no traces' },
  },
  maxPositionals: Number.POSITIVE_INFINITY,
  async run(args, io) {
    const [command, ...commandArgs] = args.positionals;
    if (command === undefined)
      throw new CliError('WAYMARK_USAGE', 'Name a command, for example: waymark -- node server.js');
    const slowMs = readDurationMs(args, 'slow') ?? 0;
    const options = readCollectorOptions(args, io.env);
    const newFolder = folderToCreate(args);
    const { client, collector } = await findOrStart(options, io);
    if (newFolder !== undefined && existsSync(newFolder))
      io.stderr.write(`Created the folder ${toPrintable(newFolder)}.\n`);
    const following =
      args.values.quiet === true ? undefined : await follow(client, slowMs, args.values.brief === true, io);
    try {
      const ending = await runToEnd(command, commandArgs, environmentFor(client, io.env), io);
      await following?.end();
      return ending;
    } finally {
      await following?.end();
      // This command ends the way the application did.
      await collector?.close().catch((error: Error) => io.stderr.write(`${error.message}\n`));
    }
  },
};

/** Uses a running collector, or starts one for as long as the application runs. */
async function findOrStart(
  options: CollectorOptions,
  { stderr }: CliIo,
): Promise<{ client: CollectorClient; collector?: Collector }> {
  const port = options.port ?? defaultPort;
  if (port !== 0) {
    const running = connectTo(`http://localhost:${port}`, { token: options.token });
    const isThere = await running.status().then(
      () => true,
      () => false,
    );
    if (isThere) {
      stderr.write(`Traces are sent to the running collector: ${running.url}\n`);
      return { client: running };
    }
  }
  const collector = await startCollector({ ...options, ifPortTaken: 'next' }).catch((error: unknown) => {
    // A collector at another port has the file. In memory, the traces last as long as the application.
    if (!(error instanceof Error && 'code' in error && error.code === 'WAYMARK_STORE_IN_USE')) throw error;
    return startCollector({ ...options, path: undefined, ifPortTaken: 'next' });
  });
  stderr.write(`Traces in the viewer: ${collector.url}\n`);
  for (const note of collector.notes) stderr.write(`${note}\n`);
  return { client: connectTo(collector.url, { token: options.token }), collector };
}

function environmentFor({ url, headers }: CollectorClient, env: Environment): NodeJS.ProcessEnv {
  const { authorization } = headers;
  return {
    // SDKs send spans every 5 s by default, too slow for a terminal. Metrics and logs are not collected.
    OTEL_BSP_SCHEDULE_DELAY: '200',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    WAYMARK_TRACE_URL: `${url}/trace/{traceId}`,
    // Which line made the call: worth its cost in development.
    WAYMARK_CODE_ATTRIBUTES: 'always',
    ...env,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/v1/traces`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
    OTEL_EXPORTER_ZIPKIN_ENDPOINT: `${url}/api/v2/spans`,
    ...(authorization !== undefined && {
      // Percent-encoded: https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(authorization)}`,
    }),
  };
}

/** Like `tail`, but with fewer rows, since the application writes to the same terminal. */
async function follow(client: CollectorClient, slowMs: number, isBrief: boolean, { stderr, env }: CliIo) {
  const abort = new AbortController();
  const abilities = terminalAbilities(stderr, env);
  const follower = followTraces(async (trace, shownSpanCount) => {
    if (trace.durationMs < slowMs) return;
    stderr.write(await printTrace(client, trace, shownSpanCount, { abilities, maxRows: 12, isBrief }).catch(() => ''));
  });
  let reading = Promise.resolve();
  await new Promise<void>((connected) => {
    reading = (async () => {
      for await (const trace of client.traces('', abort.signal, connected)) follower.add(trace);
    })()
      .catch(() => {}) // without a collector the application still runs
      .finally(connected);
  });
  let ended: Promise<void> | undefined;
  return {
    end(): Promise<void> {
      ended ??= (async () => {
        // The last spans of the application may still be arriving.
        await wait(lastEventsMs);
        await follower.flush();
        abort.abort();
        await reading;
      })();
      return ended;
    },
  };
}

const lastEventsMs = 250;

async function runToEnd(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { onSignal, stdin }: CliIo,
): Promise<number | NodeJS.Signals> {
  // On Windows npm and similar commands need a shell.
  const child: ChildProcess = spawn(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' });
  const stopListening = onSignal((signal) => {
    // In a terminal, Ctrl-C also reaches the child.
    if (signal !== 'SIGINT' || stdin.isTTY !== true) child.kill(signal);
  });
  try {
    return await new Promise((resolve, reject) => {
      child.on('error', (error) =>
        reject(
          new CliError('WAYMARK_CANNOT_START', `"${command}" cannot be started: ${error.message}`, { cause: error }),
        ),
      );
      child.on('exit', (code, signal) => resolve(signal ?? code ?? 0));
    });
  } finally {
    stopListening();
  }
}
