/** `waymark share`: one trace as an HTML file that opens from disk, without secrets. */

import { toPrintable } from '@waymark/core/printable-text';
import type { RemovedValues } from '../share/redact-trace.ts';
import { secretKindNamed, secretKinds } from '../share/secret-kinds.ts';
import { countOf } from '../terminal/count-of.ts';
import { CliError } from './cli-error.ts';
import type { Command } from './command.ts';
import { connectOptions, findCollector } from './find-collector.ts';
import { writeOutputFile } from './output-file.ts';
import { type Arguments, readText } from './read-arguments.ts';
import { readTraceId } from './read-trace-id.ts';

export const shareTrace: Command = {
  usage: 'waymark share TRACE [options]',
  summary: 'save one trace as an HTML file, without secrets',
  details: `TRACE is an id, its first digits, or the address of its page.
The file opens from disk, without a collector. Secrets and personal data are
removed, by the names of keys and the form of values. The command lists what it
removed: the kind, the place and how often.

--keep takes keys of attributes, and these kinds:
  ${Object.keys(secretKinds)
    .join(', ')
    .replace(/(.{1,76})(?: |$)/g, '$1\n  ')
    .trimEnd()}`,
  options: {
    output: { type: 'string', short: 'o', value: 'FILE', help: 'default: trace-<id>.html' },
    keep: { type: 'string', value: 'WHAT,…', help: 'kinds of values and keys to keep' },
    without: { type: 'string', value: 'KEY,…', help: 'more keys to remove' },
    strict: {
      type: 'boolean',
      help: 'also remove error messages, URL parameters, IP addresses',
    },
    all: { type: 'boolean', help: 'remove nothing' },
    ...connectOptions,
  },
  maxPositionals: 1,
  async run(args, io) {
    const [text] = args.positionals;
    if (text === undefined) throw new CliError('WAYMARK_USAGE', 'Name a trace: waymark share TRACE');
    const search = readRedaction(args);
    const client = findCollector(args, io.env, io.signal);
    const traceId = await readTraceId(text, client);
    const { html, removed } = await client.share(traceId, search);
    io.stderr.write(describeRemoved(removed, args.values.all === true));
    const file = readText(args, 'output') ?? `trace-${traceId}.html`;
    await writeOutputFile(file, html);
    io.stdout.write(`${file}\n`);
    return 0;
  },
};

function readRedaction(args: Arguments): URLSearchParams {
  const [keep, also] = (['keep', 'without'] as const).map((name) =>
    (readText(args, name) ?? '').split(',').flatMap((word) => word.trim() || []),
  ) as [string[], string[]];
  const isAll = args.values.all === true;
  const isStrict = args.values.strict === true;
  if (isAll && (isStrict || keep.length > 0 || also.length > 0)) {
    throw new CliError('WAYMARK_USAGE', 'Give --all without --without, --strict and --keep: it removes nothing.');
  }
  const search = new URLSearchParams();
  for (const word of isAll ? ['all'] : keep) search.append('keep', secretKindNamed(word) ?? word);
  for (const key of also) search.append('also', key);
  if (isStrict) search.append('strict', '');
  return search;
}

// More places than these do not help the reader.
const maxPlaces = 6;

function describeRemoved(removed: readonly RemovedValues[], isAll: boolean): string {
  if (isAll) return 'Nothing was removed: the file holds all values.\n';
  if (removed.length === 0) return 'No secrets or personal data were found.\n';
  const byKind = new Map<string, RemovedValues[]>();
  for (const each of removed) byKind.set(each.kind, [...(byKind.get(each.kind) ?? []), each]);
  const rows = [...byKind.values()].map((group) => {
    const [{ kind }] = group as [RemovedValues]; // a group is never empty
    const [one, several] = secretKinds[kind];
    const count = group.reduce((sum, each) => sum + each.count, 0);
    const places = group
      .slice(0, maxPlaces)
      .map((each) => toPrintable(each.where) + (each.count > 1 ? ` ×${each.count}` : ''));
    if (group.length > maxPlaces) places.push(`${countOf(group.length - maxPlaces, 'other place')}`);
    return `  ${countOf(count, one, several)} (${kind}): ${places.join(', ')}\n`;
  });
  return `Removed from the trace:\n${rows.join('')}To keep some: --keep KIND or KEY. To remove more: --strict, --without KEY.\n`;
}
