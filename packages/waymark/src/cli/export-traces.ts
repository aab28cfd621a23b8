/** `waymark export`: traces as OTLP JSON, which many tools read. */
import { once } from 'node:events';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { countOf } from '../terminal/count-of.ts';
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';
import type { CliIo, Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';
import { type Progress, startProgress } from './progress.ts';
import { readText } from './read-arguments.ts';
import { readTraceId } from './read-trace-id.ts';

export const exportTraces: Command = {
  usage: 'waymark export [TRACE…] [--query QUERY] [options] > traces.json',
  summary: 'write traces as OTLP JSON: some by id, by query, or all',
  details: `TRACE is an id, its first digits, or the address of its page.
Nothing is written if a trace is not found. An existing file is replaced only
when the new one is complete.`,
  options: {
    query: { type: 'string', short: 'q', value: 'QUERY', help: 'only traces that match QUERY' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'default: standard output' },
    ...connectOptions,
  },
  maxPositionals: Number.POSITIVE_INFINITY,
  async run(args, io) {
    const query = readText(args, 'query');
    if (query !== undefined && args.positionals.length > 0) {
      throw new CliError('WAYMARK_USAGE', 'Give either traces or --query, not both.');
    }
    const client = findCollector(args, io.env, io.signal);
    const output = readText(args, 'output');
    // No progress line if the terminal shows the traces themselves.
    const hasRoom = output !== undefined || io.stdout.isTTY !== true;
    const progress = startProgress(io, { verb: 'Exporting', unit: 'span', isShown: hasRoom });
    try {
      const traceIds = await chooseTraces(client, { names: args.positionals, query, progress });
      const file = output === undefined ? undefined : await openOutputFile(output);
      const counts = await writeTraces(client, traceIds, { io, file, progress });
      progress.end();
      return report(counts, io);
    } finally {
      progress.end();
    }
  },
};

interface Choice {
  readonly names: readonly string[];
  readonly query: string | undefined;
  readonly progress: Progress;
}

/** Checks that there is something to write, and counts it. */
async function chooseTraces(
  client: CollectorClient,
  { names, query, progress }: Choice,
): Promise<Iterable<string> | AsyncIterable<string>> {
  if (names.length > 0) {
    const traceIds: string[] = [];
    let spanCount = 0;
    for (const name of names) {
      const traceId = await readTraceId(name, client);
      if (traceIds.includes(traceId)) continue;
      const [found] = (await client.list({ query: traceId })).traces;
      if (found === undefined) throw missing(traceId);
      spanCount += found.spanCount;
      traceIds.push(traceId);
    }
    progress.setTotal(spanCount);
    return traceIds;
  }
  if (query !== undefined) {
    const traceIds: string[] = [];
    let spanCount = 0;
    for await (const trace of listTraces(client, query)) {
      traceIds.push(trace.traceId);
      spanCount += trace.spanCount;
    }
    progress.setTotal(spanCount);
    return traceIds;
  }
  const { store } = await client.status();
  progress.setTotal(store.spanCount);
  return allTraceIds(client);
}

async function* allTraceIds(client: CollectorClient): AsyncGenerator<string> {
  for await (const { traceId } of listTraces(client, '')) yield traceId;
}

async function* listTraces(
  client: CollectorClient,
  query: string,
): AsyncGenerator<{ readonly traceId: string; readonly spanCount: number }> {
  let cursor: string | undefined;
  do {
    const page = await client.list({ query, cursor });
    yield* page.traces;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function missing(traceId: string): CliError {
  return new CliError(
    'WAYMARK_NO_TRACE',
    `There is no trace ${traceId}: it has not arrived, or was deleted to make room for newer ones.`,
  );
}

interface Counts {
  readonly traces: number;
  readonly spans: number;
  /** Traces that were deleted before they were read. */
  readonly gone: number;
}

async function writeTraces(
  client: CollectorClient,
  traceIds: Iterable<string> | AsyncIterable<string>,
  { io, file, progress }: { readonly io: CliIo; readonly file: OutputFile | undefined; readonly progress: Progress },
): Promise<Counts> {
  const write = file?.write ?? writerOf(io.stdout);
  const counts = { traces: 0, spans: 0, gone: 0 };
  try {
    await write('{"resourceSpans":[');
    for await (const traceId of traceIds) {
      const trace = await client.trace(traceId).catch((error: unknown) => {
        if (error instanceof CliError && error.code === 'WAYMARK_NO_TRACE') return undefined;
        throw error;
      });
      if (trace === undefined) {
        counts.gone++;
        continue;
      }
      const { resourceSpans } = toOtlpJson(trace.spans);
      const text = resourceSpans.map((group) => JSON.stringify(group)).join(',\n');
      await write(`${counts.traces === 0 ? '\n' : ',\n'}${text}`);
      counts.traces++;
      counts.spans += trace.spans.length;
      progress.add(trace.spans.length);
    }
    await write('\n]}\n');
    await file?.finish();
    return counts;
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

function report({ traces, spans, gone }: Counts, { stderr }: CliIo): number {
  stderr.write(`Exported ${countOf(traces, 'trace')}, ${countOf(spans, 'span')}.\n`);
  if (gone === 0) return 0;
  stderr.write(
    `${countOf(gone, 'trace')} ${gone === 1 ? 'was' : 'were'} deleted meanwhile, to make room for newer ones.\n`,
  );
  return 1;
}

/** Waits for the reader, since an export may be larger than memory. */
function writerOf(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  return async (text) => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
}
