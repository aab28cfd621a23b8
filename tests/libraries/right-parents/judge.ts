// Compares the exported spans with the calls that the requests made.
import type { ExportedSpan, SpanKind } from './exported-spans.ts';

/** One call of a library that a request makes. Its span is found by a mark or, where it can have none, by a pattern. */
export interface ExpectedOperation {
  /** A name with the number of the request, such as `r1000001a`. Each of several calls with the same mark has a span. */
  readonly mark?: string;
  /** For something that is exported of every such call. */
  readonly pattern?: RegExp;
  readonly kind?: SpanKind;
  readonly rows?: number;
  readonly fails?: boolean;
}

export type OperationsOf = (n: number) => readonly ExpectedOperation[];

/** How many there are, of how many there should be. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

export interface Verdict {
  /** All spans that the process exported. */
  readonly spans: number;
  /** Calls whose span is below the request that made them. */
  readonly right: Share;
  /** Spans beyond one for each call. */
  readonly duplicates: number;
  /** Failed calls whose span has an error status. */
  readonly errors: Share;
  /** Calls that did not fail, and whose span has an error status. */
  readonly falseErrors: number;
  /** Queries whose span has the number of rows that they returned. */
  readonly rows: Share;
  /** Requests of which a literal, another value or a job's data is in what was exported. */
  readonly leaks: { readonly literals: number; readonly values: number; readonly jobData: number };
  /** Spans that the application made in a callback or a continuation, and that are below the right request. */
  readonly ownSpans: Share;
}

export interface Evidence {
  readonly spans: readonly ExportedSpan[];
  readonly bodies: readonly string[];
  readonly requests: readonly number[];
  readonly operationsOf: OperationsOf;
}

export function judge({ spans, bodies, requests, operationsOf }: Evidence): Verdict {
  const requestOf = findRequests(spans);
  const calls = spans.filter((span) => !isOwn(span) && requestNamedBy(span) === undefined);
  const byMark = groupBy(calls, marksOf);
  const byRequest = groupBy(calls, (span) => [requestOf(span)]);
  const right = { count: 0, of: 0 };
  const errors = { count: 0, of: 0 };
  const rows = { count: 0, of: 0 };
  let duplicates = 0;
  let falseErrors = 0;
  for (const n of requests) {
    const operations = groupBy(operationsOf(n), ({ mark, pattern, kind }) => [`${mark ?? pattern} ${kind}`]);
    for (const group of operations.values()) {
      const [{ mark, pattern, kind }] = group as [ExpectedOperation, ...ExpectedOperation[]]; // no group is empty
      const named = mark === undefined ? byRequest.get(n) : byMark.get(mark);
      const found = (named ?? []).filter(
        (span) => matches(span, pattern) && (kind === undefined || span.kind === kind),
      );
      const isError = found.some((span) => span.isError);
      right.of += group.length;
      right.count += Math.min(found.filter((span) => requestOf(span) === n).length, group.length);
      duplicates += Math.max(found.length - group.length, 0);
      if (isError && !group.some(({ fails }) => fails)) falseErrors++;
      for (const operation of group) {
        if (operation.fails) {
          errors.of++;
          if (isError) errors.count++;
        }
        if (operation.rows === undefined) continue;
        rows.of++;
        if (found.some((span) => hasRowCount(span, operation.rows))) rows.count++;
      }
    }
  }
  return {
    spans: spans.length,
    right,
    duplicates,
    errors,
    falseErrors,
    rows,
    leaks: {
      literals: countSecrets(bodies, /\b(?:literal-secret-|8642)(1\d{6})\b/g),
      values: countSecrets(bodies, /value-secret-(1\d{6})/g),
      jobData: countSecrets(bodies, /job-secret-(1\d{6})/g),
    },
    ownSpans: {
      count: spans.filter((span) => isOwn(span) && span.name === `own-${requestOf(span)}`).length,
      of: requests.length,
    },
  };
}

/** Returns what finds the request that a span is below, at whatever depth. */
function findRequests(spans: readonly ExportedSpan[]): (span: ExportedSpan) => number | undefined {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return (span) => {
    for (let ancestor: ExportedSpan | undefined = span; ancestor !== undefined; ) {
      const n = requestNamedBy(ancestor);
      if (n !== undefined) return n;
      ancestor = ancestor.parentSpanId === undefined ? undefined : byId.get(ancestor.parentSpanId);
    }
    return undefined;
  };
}

/** The number of the request, for a span that is of the request itself. */
function requestNamedBy(span: ExportedSpan): number | undefined {
  const [, n] = /\/requests\/(1\d{6})/.exec(textOf(span)) ?? [];
  return n === undefined ? undefined : Number(n);
}

function isOwn({ name }: ExportedSpan): boolean {
  return name.startsWith('own-');
}

function marksOf(span: ExportedSpan): string[] {
  return [...new Set(textOf(span).match(/\br1\d{6}[a-e]\b/g))];
}

/** Whether the name or a string attribute matches. */
function matches({ name, values }: ExportedSpan, pattern: RegExp | undefined): boolean {
  if (pattern === undefined) return true;
  return [name, ...Object.values(values)].some((value) => typeof value === 'string' && pattern.test(value));
}

// The text is needed several times for each span, and is long.
const texts = new WeakMap<ExportedSpan, string>();

function textOf(span: ExportedSpan): string {
  let text = texts.get(span);
  if (text === undefined) {
    text = [span.name, ...Object.values(span.values)].join('\n');
    texts.set(span, text);
  }
  return text;
}

function hasRowCount({ values }: ExportedSpan, rows: number | undefined): boolean {
  return Object.entries(values).some(([key, value]) => /row|count|returned/i.test(key) && value === rows);
}

function countSecrets(bodies: readonly string[], pattern: RegExp): number {
  return new Set(bodies.flatMap((body) => [...body.matchAll(pattern)].map(([, n]) => n))).size;
}

function groupBy<Item, Key>(items: readonly Item[], keysOf: (item: Item) => readonly Key[]): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}
