/** `waymark`: starts the collector, and prints its addresses. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { toPrintable } from '@waymark/core/printable-text';
import { type Collector, type CollectorOptions, startCollector } from '../collector.ts';
import type { CollectorError } from '../server/collector-error.ts';
import { countOf } from '../terminal/count-of.ts';
import { version } from '../version.ts';
import { connectTo } from './collector-client.ts';
import { collectorOptions, readCollectorOptions } from './collector-options.ts';
import type { CliIo, Command } from './command.ts';
import { folderToCreate } from './created-folder.ts';
import type { Arguments } from './read-arguments.ts';
import { hasOurStore, retryCommand } from './retry-command.ts';

export const serve: Command = {
  usage: 'waymark [options]',
  summary: 'start the collector and the viewer',
  options: {
    ...collectorOptions,
    open: { type: 'boolean', help: 'open the viewer in your browser' },
  },
  maxPositionals: 0,
  async run(args, io) {
    const options = readCollectorOptions(args, io.env);
    const newFolder = folderToCreate(args);
    const started = await startOrAsk(args, options, io);
    if (started === undefined) return 1;
    const { collector, isInMemory } = started;
    if (newFolder !== undefined && !isInMemory) io.stderr.write(`Created the folder ${toPrintable(newFolder)}.\n`);
    const viewerUrl = options.token === undefined ? collector.url : `${collector.url}/?token=${options.token}`;
    try {
      io.stdout.write(await describe(collector, { ...options, ...(isInMemory && { path: undefined }) }, viewerUrl));
      if (args.values.open === true) openInBrowser(viewerUrl);
      await aborted(io.signal);
      return 0;
    } finally {
      await collector.close();
    }
  },
};

interface Started {
  readonly collector: Collector;
  /** Whether traces are kept in memory, although a file was wanted. */
  readonly isInMemory: boolean;
}

/** If the port is taken, asks the user; a script gets the command for another port. */
async function startOrAsk(args: Arguments, options: CollectorOptions, io: CliIo): Promise<Started | undefined> {
  try {
    return { collector: await startCollector(options), isInMemory: false };
  } catch (error) {
    const { code, message, nextFreePort, owner } = error as CollectorError; // other errors have another code
    if (code !== 'WAYMARK_PORT_TAKEN' || nextFreePort === undefined) throw error;
    io.stderr.write(`${message}\n`);
    if (owner?.kind === 'waymark') {
      const port = options.port ?? 4318;
      const portOption = port === 4318 ? '' : ` --port ${port}`;
      io.stderr.write(`Its viewer is at http://localhost:${port}. To print its traces: waymark tail${portOption}\n`);
    }
    const isInMemory = await hasOurStore(owner, options);
    if (!(await agrees(`Use port ${nextFreePort}${isInMemory ? ', and keep traces in memory' : ''}?`, io))) {
      io.stderr.write(`To use another port: ${retryCommand(args, nextFreePort, isInMemory)}\n`);
      return undefined;
    }
    const changed = { ...options, port: nextFreePort, ...(isInMemory && { path: undefined }) };
    return { collector: await startCollector(changed), isInMemory };
  }
}

async function agrees(question: string, { signal, stdin, stdout, stderr }: CliIo): Promise<boolean> {
  if (stdin.isTTY !== true || stdout.isTTY !== true) return false;
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`${question} [Y/n] `, { signal });
    return /^(y(es)?)?$/i.test(answer.trim());
  } catch {
    return false; // Ctrl-C
  } finally {
    terminal.close();
  }
}

async function describe(collector: Collector, { path, token }: CollectorOptions, viewerUrl: string): Promise<string> {
  // The collector runs even if this process cannot reach it, for example because of a proxy.
  const spanCount = await connectTo(collector.url, { token })
    .status()
    .then(
      ({ store }) => store.spanCount,
      () => 0,
    );
  const lines = [
    `Waymark ${version}\n`,
    `  Viewer  ${viewerUrl}`,
    `  OTLP    ${collector.otlpUrl}`,
    `  Zipkin  ${collector.zipkinUrl}`,
    `  Store   ${path ?? 'memory'}${spanCount > 0 ? `, ${countOf(spanCount, 'span')}` : ''}\n`,
    ...collector.notes.map((note) => `${note}\n`),
    ...(token === undefined
      ? []
      : [`Senders need the token: OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer ${token}"\n`]),
    `Run your application with "waymark -- node server.js", or set`,
    `  OTEL_EXPORTER_OTLP_ENDPOINT=${collector.url}`,
    'Press Ctrl-C to stop.\n',
  ];
  return lines.join('\n');
}

function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '""']
        : ['xdg-open'];
  // Without a browser the printed address has to do.
  spawn(command as string, [...args, url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
