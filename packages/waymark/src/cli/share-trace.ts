/** `waymark share`: one trace as an HTML file that opens from disk. */
import { writeFile } from 'node:fs/promises';
import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { readText } from './read-arguments.ts';
import { readTraceId } from './read-trace-id.ts';

export const shareTrace: Command = {
  usage: 'waymark share TRACE [options]',
  summary: 'one trace as an HTML file that opens from disk, without a collector',
  options: {
    output: { type: 'string', short: 'o', value: 'FILE', help: 'default: trace-<id>.html here' },
    all: { type: 'boolean', help: 'with values that look like secrets or persons, which are left out otherwise' },
    ...connectOptions,
  },
  maxPositionals: 1,
  async run(args, io) {
    const [text] = args.positionals;
    if (text === undefined) throw new CliError('WAYMARK_USAGE', 'Which trace? See: waymark help share');
    const traceId = readTraceId(text);
    const html = await findCollector(args, io.env).shareHtml(traceId, args.values.all === true);
    const file = readText(args, 'output') ?? `trace-${traceId}.html`;
    await writeFile(file, html);
    io.stdout.write(`${file}\n`);
    return 0;
  },
};
