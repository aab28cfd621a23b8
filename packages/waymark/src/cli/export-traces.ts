/** `waymark export`: traces as OTLP JSON, which any tool reads. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import { CliError } from './cli-error.ts';
import type { CollectorClient } from './collector-client.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { readText } from './read-arguments.ts';
import { readTraceId } from './read-trace-id.ts';

export const exportTraces: Command = {
  usage: 'waymark export [TRACE…] [--query QUERY] [options] > traces.json',
  summary: 'traces as OTLP JSON: those named, those that match, or all',
  options: {
    query: { type: 'string', short: 'q', value: 'QUERY', help: 'only traces that match' },
    output: { type: 'string', short: 'o', value: 'FILE', help: 'default: standard output' },
    ...connectOptions,
  },
  maxPositionals: Number.POSITIVE_INFINITY,
  async run(args, io) {
    const query = readText(args, 'query');
    if (query !== undefined && args.positionals.length > 0) {
      throw new CliError('WAYMARK_USAGE', 'Name traces or give a --query, not both.');
    }
    const traceIds = args.positionals.map(readTraceId);
    const client = findCollector(args, io.env);
    const output = readText(args, 'output');
    const file = output === undefined ? undefined : createWriteStream(output);
    if (file !== undefined) await once(file, 'open');
    let traceCount = 0;
    let spanCount = 0;
    const write = writerOf(file ?? io.stdout);
    await write('{"resourceSpans":[');
    for await (const traceId of traceIds.length > 0 ? traceIds : listTraceIds(client, query ?? '')) {
      const { spans } = await client.trace(traceId);
      const { resourceSpans } = toOtlpJson(spans);
      const text = resourceSpans.map((group) => JSON.stringify(group)).join(',\n');
      await write(`${traceCount === 0 ? '\n' : ',\n'}${text}`);
      traceCount++;
      spanCount += spans.length;
    }
    await write('\n]}\n');
    if (file !== undefined) {
      file.end();
      await once(file, 'close');
    }
    io.stderr.write(`Exported ${traceCount} traces, ${spanCount} spans.\n`);
    return 0;
  },
};

async function* listTraceIds(client: CollectorClient, query: string): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await client.list({ query, cursor });
    for (const { traceId } of page.traces) yield traceId;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

/** Waits for the reader: an export may be larger than memory. */
function writerOf(stream: NodeJS.WritableStream): (text: string) => Promise<void> {
  return async (text) => {
    if (!stream.write(text)) await once(stream, 'drain');
  };
}
