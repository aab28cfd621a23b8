/** Groups failed spans by what went wrong and where: the exception's type and its top frame in the application. */
import { normaliseIds } from '../../analysis/call-signature.ts';
import { spanError } from '../../analysis/span-error.ts';
import type { ErrorGroup, ErrorGroups } from '../../api/types.ts';
import type { Span } from '../../model/span.ts';
import { durationMsOf } from '../../model/span-duration.ts';
import { nanoToUnixMs } from '../../model/time.ts';

/** The part of a failed span that is kept. */
export interface Failure {
  readonly traceId: string;
  readonly spanId: string;
  readonly serviceName: string;
  readonly name: string;
  readonly type: string;
  readonly message: string;
  /** `loadUser (users.js:12)`; empty without a stack trace. */
  readonly frame: string;
  /** Unix milliseconds of the end, or of the start if the end is missing or before it. */
  readonly timeMs: number;
}

const maxMessageLength = 500;

export function failureOf(span: Span): Failure {
  const { type = 'error', message = '' } = spanError(span);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    serviceName: span.resource.serviceName,
    name: span.name,
    type,
    message: message.slice(0, maxMessageLength),
    frame: topFrame(span),
    timeMs: failureTimeMs(span),
  };
}

/** Unix milliseconds of the end; of the start, if the end is missing or before it. */
function failureTimeMs(span: Span): number {
  return nanoToUnixMs((durationMsOf(span) ?? -1) < 0 ? span.startTimeUnixNano : span.endTimeUnixNano);
}

/** If there are more, the newest are grouped. */
export const maxFailures = 20_000;

const maxGroups = 200;
const maxSamples = 10;
const maxOperations = 20;
const maxServices = 100;

interface Gathered {
  readonly id: string;
  newest: Failure;
  firstMs: number;
  count: number;
  readonly services: Set<string>;
  readonly operations: Set<string>;
  readonly samples: Failure[];
}

/** @param failures The newest first. */
export function groupErrors(failures: Iterable<Failure>): ErrorGroups {
  const groups = new Map<string, Gathered>();
  for (const failure of failures) {
    const id = [failure.type, failure.frame || normaliseMessage(failure.message)].join('\n');
    let group = groups.get(id);
    if (group === undefined) {
      const { timeMs: firstMs } = failure;
      group = { id, newest: failure, firstMs, count: 0, services: new Set(), operations: new Set(), samples: [] };
      groups.set(id, group);
    }
    group.count++;
    if (failure.timeMs > group.newest.timeMs) group.newest = failure;
    group.firstMs = Math.min(group.firstMs, failure.timeMs);
    if (group.services.size < maxServices) group.services.add(failure.serviceName);
    if (group.operations.size < maxOperations) group.operations.add(failure.name);
    if (group.samples.length < maxSamples) group.samples.push(failure);
  }
  // The last rule: spans of one moment come from each store in another order.
  const sorted = [...groups.values()].sort(
    (one, other) => other.count - one.count || other.newest.timeMs - one.newest.timeMs || (one.id < other.id ? -1 : 1),
  );
  const others = sorted.slice(maxGroups);
  return {
    groups: sorted.slice(0, maxGroups).map(toErrorGroup),
    others: { groupCount: others.length, count: others.reduce((sum, { count }) => sum + count, 0) },
  };
}

function toErrorGroup({ id, newest, firstMs, count, services, operations, samples }: Gathered): ErrorGroup {
  return {
    id,
    type: newest.type,
    message: newest.message,
    ...(newest.frame !== '' && { frame: newest.frame }),
    count,
    firstMs,
    lastMs: newest.timeMs,
    services: [...services].sort(),
    operations: [...operations].sort(),
    samples: samples.map(({ traceId, spanId, timeMs }) => ({ traceId, spanId, timeMs })),
  };
}

const maxStackLength = 20_000;
const maxStackLines = 60;

/** The first frame that is neither in a library nor in the runtime. */
function topFrame({ events }: Span): string {
  const stack = events?.findLast(({ name }) => name === 'exception')?.attributes?.['exception.stacktrace'];
  if (typeof stack !== 'string') return '';
  for (const line of stack.slice(0, maxStackLength).split('\n', maxStackLines)) {
    const frame = readFrame(line);
    if (frame !== undefined && !/node_modules|^node:|^internal\//.test(frame.file)) {
      const place = `${frame.file.split(/[\\/]/).at(-1)}:${frame.line}`;
      return frame.name === '' ? place : `${frame.name} (${place})`;
    }
  }
  return '';
}

/** A line of a V8 stack trace: `at loadUser (/app/users.js:12:7)`, `at async /app/users.js:12:7`. */
function readFrame(line: string): { name: string; file: string; line: string } | undefined {
  const text = line.trim();
  if (!text.startsWith('at ') || text.length > 1000) return undefined;
  const place = text.endsWith(')') ? text.slice(text.lastIndexOf('(') + 1, -1) : text.slice(text.lastIndexOf(' ') + 1);
  const [, file, number] = /^(.+):(\d+):\d+$/.exec(place) ?? [];
  if (file === undefined || number === undefined) return undefined;
  const name = text.endsWith(')')
    ? text
        .slice(3, text.lastIndexOf('('))
        .trim()
        .replace(/^async /, '')
    : '';
  return { name, file, line: number };
}

/** Removes what differs from case to case: ids, numbers, quoted strings. */
function normaliseMessage(message: string): string {
  const [line = ''] = message.slice(0, maxMessageLength).split('\n', 1);
  return normaliseIds(line).replace(/"[^"]*"|'[^']*'|\b0x[0-9a-f]+\b|\b[0-9a-f]{8,}\b|\d+/gi, '?');
}
