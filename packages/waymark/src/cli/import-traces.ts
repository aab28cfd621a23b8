/** `waymark import`: gives files with traces to a collector. */
import { readFile } from 'node:fs/promises';
import { toPrintable } from '../terminal/printable-text.ts';
import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';

export const importTraces: Command = {
  usage: 'waymark import FILE… [options]',
  summary: "traces from files: OTLP, Zipkin's or Jaeger's JSON, OTLP protobuf, also with gzip",
  options: connectOptions,
  maxPositionals: Number.POSITIVE_INFINITY,
  async run(args, io) {
    if (args.positionals.length === 0) throw new CliError('WAYMARK_USAGE', 'Which file? See: waymark help import');
    const client = findCollector(args, io.env);
    await client.status(); // says at once what is wrong
    let hasRejected = false;
    for (const file of args.positionals) {
      const { format, spanCount, traceIds, rejectedSpans, message } = await client.importFile(await read(file), file);
      io.stdout.write(`${toPrintable(file)}: ${spanCount} spans of ${traceIds.length} traces (${format}).\n`);
      const [traceId] = traceIds;
      if (traceIds.length === 1 && traceId !== undefined) io.stdout.write(`  ${client.viewerUrl(traceId)}\n`);
      if (rejectedSpans > 0) {
        hasRejected = true;
        io.stderr.write(`  ${rejectedSpans} spans were left out: ${toPrintable(message ?? 'they cannot be read')}\n`);
      } else if (message !== undefined) io.stderr.write(`  ${toPrintable(message)}\n`);
    }
    return hasRejected ? 1 : 0;
  },
};

async function read(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError('WAYMARK_UNREADABLE_FILE', `${file} cannot be read: ${reason}`, { cause: error });
  }
}
