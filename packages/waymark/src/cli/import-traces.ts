/** `waymark import`: sends files with traces to a collector. */
import { access, constants, stat } from 'node:fs/promises';
import { toPrintable } from '@waymark/core/printable-text';
import { countOf } from '../terminal/count-of.ts';
import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { startProgress } from './progress.ts';

export const importTraces: Command = {
  usage: 'waymark import FILE… [options]',
  summary: 'load traces from files: OTLP, Jaeger, Zipkin, Tempo',
  details: `Files may be compressed with gzip or zstd, or come from the OpenTelemetry
Collector's file exporter. All files are checked before the first one is sent.`,
  options: connectOptions,
  maxPositionals: Number.POSITIVE_INFINITY,
  async run(args, io) {
    const files = args.positionals;
    if (files.length === 0) throw new CliError('WAYMARK_USAGE', 'Name a file: waymark import FILE');
    let totalBytes = 0;
    for (const file of files) totalBytes += await checkFile(file);
    const client = findCollector(args, io.env, io.signal);
    await client.status(); // fails early, with a remedy
    let hasRejected = false;
    const progress = startProgress(io, { verb: 'Importing', unit: 'byte', total: totalBytes, isShown: totalBytes > 0 });
    try {
      for (const file of files) {
        const answer = await client.importFile(file, progress.add);
        const { format, spanCount, traceIds, rejectedSpans, message } = answer;
        progress.hide();
        const counts = `${countOf(spanCount, 'span')} of ${countOf(traceIds.length, 'trace')}`;
        io.stdout.write(`${toPrintable(file)}: ${counts} (${format}).\n`);
        const [traceId] = traceIds;
        if (traceIds.length === 1 && traceId !== undefined) io.stdout.write(`  ${client.viewerUrl(traceId)}\n`);
        if (rejectedSpans === 0) {
          if (message !== undefined) io.stderr.write(`  ${toPrintable(message)}\n`);
          continue;
        }
        hasRejected = true;
        const were = rejectedSpans === 1 ? 'was' : 'were';
        const reason = toPrintable(message ?? 'they cannot be read');
        io.stderr.write(`  ${countOf(rejectedSpans, 'span')} ${were} rejected: ${reason}\n`);
      }
    } finally {
      progress.end();
    }
    return hasRejected ? 1 : 0;
  },
};

/** @returns The size in bytes; 0 for a pipe. */
async function checkFile(file: string): Promise<number> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new Error('it is a folder: name the files in it');
    await access(file, constants.R_OK);
    return found.isFile() ? found.size : 0;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // the type of all errors of fs
    const reason = code === 'ENOENT' ? 'ENOENT: there is no such file' : message;
    throw new CliError('WAYMARK_UNREADABLE_FILE', `${file} cannot be read: ${reason}.`, { cause: error });
  }
}
