/** Failed spans, grouped by what went wrong and where: the exception's type and its top frame in the application. */
import { normaliseIds } from '../../analysis/call-signature.ts';
import { spanError } from '../../analysis/span-error.ts';
import type { ErrorGroup, ErrorGroups } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { nanoToUnixMs } from '../../model/time.ts';
import { hasFailed } from './summarise-trace.ts';

const maxGroups = 200;
const maxSamples = 10;
const maxOperations = 20;

/**
 * Of spans that failed because one below them did, only the lowest that has a type of its own is told again elsewhere: each is
 * counted under what it says itself.
 */
export function groupErrors(spans: Iterable<Span>): ErrorGroups {
  const groups = new Map<string, ErrorGroup & { samples: ErrorGroup['samples'][number][] }>();
  const servicesOf = new Map<string, Set<string>>();
  const operationsOf = new Map<string, Set<string>>();
  for (const span of spans) {
    if (!hasFailed(span)) continue;
    const { type = 'error', message = '' } = spanError(span);
    const frame = topFrame(span);
    const id = [type, frame ?? normaliseMessage(message)].join('\n');
    const timeMs = nanoToUnixMs(span.endTimeUnixNano);
    const sample = { traceId: span.traceId, spanId: span.spanId, timeMs };
    const group = groups.get(id);
    if (group === undefined) {
      groups.set(id, {
        id,
        type,
        message,
        ...(frame !== undefined && { frame }),
        count: 1,
        firstMs: timeMs,
        lastMs: timeMs,
        services: [],
        operations: [],
        samples: [sample],
      });
      servicesOf.set(id, new Set([span.resource.serviceName]));
      operationsOf.set(id, new Set([span.name]));
      continue;
    }
    group.samples.push(sample);
    if (group.samples.length > maxSamples * 2) keepNewest(group.samples);
    servicesOf.get(id)?.add(span.resource.serviceName);
    const operations = operationsOf.get(id);
    if (operations !== undefined && operations.size < maxOperations) operations.add(span.name);
    groups.set(id, {
      ...group,
      message: timeMs >= group.lastMs ? message : group.message,
      count: group.count + 1,
      firstMs: Math.min(group.firstMs, timeMs),
      lastMs: Math.max(group.lastMs, timeMs),
    });
  }
  const all = [...groups.values()].map((group) => {
    keepNewest(group.samples);
    return {
      ...group,
      services: [...(servicesOf.get(group.id) ?? [])].sort(),
      operations: [...(operationsOf.get(group.id) ?? [])].sort(),
    };
  });
  return { groups: all.sort((one, other) => other.count - one.count || other.lastMs - one.lastMs).slice(0, maxGroups) };
}

function keepNewest(samples: { timeMs: number }[]): void {
  samples.sort((one, other) => other.timeMs - one.timeMs);
  samples.length = Math.min(samples.length, maxSamples);
}

/** `loadUser (users.js:12)`: the first frame that is neither of a library nor of the runtime. */
function topFrame({ events }: Span): string | undefined {
  const stack = events?.findLast(({ name }) => name === 'exception')?.attributes?.['exception.stacktrace'];
  if (typeof stack !== 'string') return undefined;
  for (const line of stack.slice(0, 20_000).split('\n', 60)) {
    const frame = /^\s*at (?:(?:async )?(?<name>[^(]{1,200}) \()?(?<file>[^()\s]{1,500}):(?<line>\d+):\d+\)?\s*$/.exec(
      line,
    )?.groups;
    if (frame?.file === undefined || /node_modules|^node:|^internal\//.test(frame.file)) continue;
    const file = frame.file.split(/[\\/]/).at(-1) ?? frame.file;
    return frame.name === undefined ? `${file}:${frame.line}` : `${frame.name} (${file}:${frame.line})`;
  }
  return undefined;
}

/** Without what differs from case to case: ids, numbers, quoted texts. */
function normaliseMessage(message: string): string {
  const [line = ''] = message.slice(0, 300).split('\n', 1);
  return normaliseIds(line).replace(/"[^"]*"|'[^']*'|\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+/gi, '?');
}
