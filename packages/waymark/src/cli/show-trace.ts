/** `waymark show`: one trace as a waterfall. */
import { analyseTrace } from '../analysis/index.ts';
import { renderWaterfall } from '../terminal/render-waterfall.ts';
import { terminalAbilities } from '../terminal/terminal-abilities.ts';
import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { readNumber } from './read-arguments.ts';
import { readTraceId } from './read-trace-id.ts';

export const showTrace: Command = {
  usage: 'waymark show TRACE [options]',
  summary: 'print one trace as a waterfall',
  details: 'TRACE is an id, its first digits, or the address of its page.',
  options: {
    rows: { type: 'string', value: 'NUMBER', help: 'maximum number of rows; default 200' },
    ...connectOptions,
  },
  maxPositionals: 1,
  async run(args, io) {
    const [text] = args.positionals;
    if (text === undefined) throw new CliError('WAYMARK_USAGE', 'Name a trace: waymark show TRACE');
    const maxRows = readNumber(args, 'rows', { min: 1, max: 1_000_000 }) ?? 200;
    const client = findCollector(args, io.env, io.signal);
    const traceId = await readTraceId(text, client);
    const outline = await client.outline(traceId);
    const abilities = terminalAbilities(io.stdout, io.env);
    io.stdout.write(
      renderWaterfall(outline, analyseTrace(outline), { ...abilities, url: client.viewerUrl(traceId), maxRows }),
    );
    return 0;
  },
};
