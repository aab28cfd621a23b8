/**
 * Draws traces for people: a tree of spans, with durations and a time line.
 *
 * `npx waymark show` draws another tree (packages/waymark/src/terminal), with the collector's analysis, and without the less important
 * rows of a long trace. This file is installed with each service, so it stays small and does neither.
 */

import { attributeText } from '../attribute-text.ts';
import type { AttributeValue } from '../attribute-value.ts';
import { toPrintable } from '../printable-text.ts';
import type { SpanData } from '../span-data.ts';
import type { SpanKind } from '../span-kind.ts';
import { groupBy } from './group-by.ts';
import { cutToWidth, textWidth } from './text-width.ts';

/** How {@link renderTrace} draws. */
export interface RenderTraceOptions {
  /** Whether to use colours. Default `false`. */
  readonly colors?: boolean;
  /** Width in columns, at least 60. Default 100. */
  readonly width?: number;
}

/**
 * Draws spans: for each trace a summary line, then a line for each span, with children below their parents, and the error below a span
 * that failed. A service is named where the trace enters it.
 *
 * @param spans In any order, of one trace or several, from one process or several. A span without its
 *   parent is drawn at the left margin.
 * @returns Lines, each with its line end, and an empty line between traces.
 * @example
 * process.stdout.write(renderTrace(receiver.spans, { colors: process.stdout.isTTY }));
 */
export function renderTrace(
  spans: readonly SpanData[],
  { colors = false, width = 100 }: RenderTraceOptions = {},
): string {
  const traces = groupBy(spans, ({ traceId }) => traceId);
  const texts = [...traces.values()].map((trace) => {
    const lines = drawTrace(trace, Math.max(width, 60));
    return lines.map((line) => `${printLine(line, colors)}\n`).join('');
  });
  return texts.join('\n');
}

/** A line before it is coloured, so that its width can be measured. */
type Line = readonly Piece[];

interface Piece {
  readonly text: string;
  readonly style?: Style | undefined;
}

type Style = 'bold' | 'dim' | 'red' | ServiceColor;
type ServiceColor = (typeof serviceColors)[number];

const serviceColors = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const;

/** A span in its place in the tree. */
interface Row {
  readonly span: SpanData;
  readonly children: readonly SpanData[];
  /** The tree's lines in front of the span, and in front of the lines below it. */
  readonly branch: string;
  readonly continuation: string;
  /** Whether the trace enters another service, or another process of the same one, with this span. */
  readonly isEntry: boolean;
}

const gap = '  ';
const durationWidth = 7;

function drawTrace(spans: readonly SpanData[], width: number): Line[] {
  const rows = layOut(spans);
  const startMs = rows.reduce((earliest, { span }) => Math.min(earliest, span.startMs), Number.POSITIVE_INFINITY);
  const endMs = rows.reduce((latest, { span }) => Math.max(latest, span.endMs), 0);
  const services = [...new Set(rows.map(({ span }) => serviceOf(span)))];

  const barWidth = Math.floor(width / 4);
  const room = width - barWidth - durationWidth - 2 * gap.length;
  const drawings = rows.map((row) => {
    const color = serviceColors[services.indexOf(serviceOf(row.span)) % serviceColors.length];
    return { row, color, label: fitInto(room, labelOf(row, color)) };
  });
  const labelWidth = drawings.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0);

  const lines = drawings.flatMap(({ row, color, label }): Line[] => {
    const { span } = row;
    const filling = ' '.repeat(labelWidth - widthOf(label));
    const duration = formatDuration(span.endMs - span.startMs).padStart(durationWidth);
    const bar = drawBar(span.startMs - startMs, span.endMs - startMs, endMs - startMs, barWidth);
    const line: Line = [
      ...label,
      { text: `${filling}${gap}${duration}${gap}` },
      { text: bar, style: hasFailed(span) ? 'red' : color },
    ];
    const error = errorToTell(row);
    if (error === undefined) return [line];
    const below: Line = [
      { text: row.continuation, style: 'dim' },
      { text: `✗ ${error}`, style: 'red' },
    ];
    return [line, fitInto(width, below)];
  });
  return [describeTrace(rows, services.length, endMs - startMs), ...lines];
}

function describeTrace(rows: readonly Row[], serviceCount: number, durationMs: number): Line {
  const [first] = rows as readonly [Row, ...Row[]]; // a trace has a span
  const failedCount = rows.filter(({ span }) => hasFailed(span)).length;
  const counts = [countOf(rows.length, 'span'), countOf(serviceCount, 'service'), formatDuration(durationMs)];
  return [
    { text: `trace ${toPrintable(first.span.traceId)}`, style: 'bold' },
    { text: `${gap}${counts.join(', ')}`, style: 'dim' },
    { text: failedCount > 0 ? `, ${failedCount} failed` : '', style: 'red' },
  ];
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Sorts spans into a tree, earliest first. */
function layOut(spans: readonly SpanData[]): Row[] {
  const byId = new Map(spans.map((span) => [span.spanId, span])); // a span that was delivered twice is shown once
  const byStart = [...byId.values()].sort((one, other) => one.startMs - other.startMs);
  const childrenOf = groupBy(byStart, ({ parentSpanId = '' }) => parentSpanId);
  const rows: Row[] = [];
  const placed = new Set<SpanData>();

  // No recursion: a trace may be deeper than the call stack.
  function place(root: SpanData): void {
    const stack = [{ span: root, branch: '', continuation: '' }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { span, branch, continuation } = next;
      if (placed.has(span)) continue; // received spans may claim to be their own ancestors
      placed.add(span);
      const children = childrenOf.get(span.spanId) ?? [];
      const parent = byId.get(span.parentSpanId ?? '');
      const isEntry = branch === '' || parent === undefined || processOf(parent) !== processOf(span);
      rows.push({
        span,
        children,
        branch,
        continuation: extend(continuation, children.length > 0 ? '│ ' : '  '),
        isEntry,
      });
      const last = children.at(-1);
      for (const child of children.toReversed()) {
        stack.push({
          span: child,
          branch: extend(continuation, child === last ? '└─ ' : '├─ '),
          continuation: extend(continuation, child === last ? '   ' : '│  '),
        });
      }
    }
  }

  for (const span of byStart) if (!byId.has(span.parentSpanId ?? '')) place(span);
  for (const span of byStart) place(span); // the rest are spans in circles
  return rows;
}

// Thirteen levels. Deeper spans are not indented further, so that their names have room.
const maxBranchWidth = 39;

function extend(branch: string, end: string): string {
  const whole = `${branch}${end}`;
  return whole.length > maxBranchWidth ? `…${whole.slice(1 - maxBranchWidth)}` : whole;
}

const kindMarks: Readonly<Record<SpanKind, string>> = {
  internal: '',
  server: '▸ ',
  client: '→ ',
  producer: '⇢ ',
  consumer: '▹ ',
};

function labelOf({ span, branch, isEntry }: Row, color: ServiceColor | undefined): Line {
  const status = span.attributes['http.response.status_code'];
  return [
    { text: branch, style: 'dim' },
    { text: isEntry ? `${toPrintable(serviceOf(span))} ` : '', style: color },
    { text: kindMarks[span.kind], style: 'dim' },
    { text: toPrintable(span.name), style: isEntry ? 'bold' : undefined },
    { text: withSpaceBefore(addressOf(span)), style: 'dim' },
    { text: withSpaceBefore(status), style: hasFailed(span) ? 'red' : 'dim' },
    { text: queryOf(span).map(withSpaceBefore).join(''), style: 'dim' },
    { text: notesOf(span).map(withSpaceBefore).join(''), style: 'dim' },
  ];
}

function withSpaceBefore(value: AttributeValue | undefined): string {
  return value === undefined ? '' : ` ${toPrintable(attributeText(value))}`;
}

/** The target of a call; or the path of a request without a route. */
function addressOf({ kind, attributes }: SpanData): AttributeValue | undefined {
  if (kind === 'client') return attributeText(attributes['url.full']).replace(/^https?:\/\/|[?#].*$/g, '') || undefined;
  return kind === 'server' && attributes['http.route'] === undefined ? attributes['url.path'] : undefined;
}

/** The rows that a query returned, and its text; the document of GraphQL; the tokens that a model has read and written. */
function queryOf({ name, attributes }: SpanData): string[] {
  const rows = attributes['db.response.returned_rows'];
  const text = attributes['db.query.text'] ?? attributes['graphql.document'];
  const { 'gen_ai.usage.input_tokens': read, 'gen_ai.usage.output_tokens': written } = attributes;
  const parts: string[] = [];
  if (typeof read === 'number' && typeof written === 'number') parts.push(`${read} → ${written} tokens`);
  if (typeof rows === 'number') parts.push(countOf(rows, 'row'));
  if (typeof text === 'string') {
    const line = text.slice(0, maxQueryLength).replace(/\s+/g, ' ').trim();
    // `COMMIT`, `GET user:7`, `query Basket($id: ID!) {…`: the name comes first.
    const rest = line.startsWith(name) ? line.slice(name.length) : line;
    if (rest !== '') parts.push(/^[ ({@]/.test(rest) ? rest.trimStart() : line);
  }
  return parts;
}

// Longer than the lines of most terminals, which cut it. Some queries have megabytes.
const maxQueryLength = 500;

// Attributes of the transport and of the libraries: the name, the address, the status and the query are shorter.
const conventional =
  /^(http|url|server|client|network|user_agent|error|exception|code|thread|db|messaging|rpc|cloud|aws|faas|process|piscina|cron|graphql|dataloader|gen_ai|openai|mcp|jsonrpc)\./;

/** The attributes that the application has set. */
function notesOf({ attributes }: SpanData): string[] {
  const own = Object.entries(attributes).filter(([key]) => !conventional.test(key));
  return own.map(([key, value]) => `${key}=${value === null ? 'null' : attributeText(value)}`);
}

function hasFailed({ status }: SpanData): boolean {
  return status.code === 'error';
}

/** The error of a span, unless a child shows the same: an exception passes through every span that does not catch it. */
function errorToTell({ span, children }: Row): string | undefined {
  const error = errorOf(span);
  return error === undefined || children.some((child) => errorOf(child) === error) ? undefined : toPrintable(error);
}

function errorOf(span: SpanData): string | undefined {
  if (!hasFailed(span)) return undefined;
  const exception = span.events.findLast(({ name }) => name === 'exception')?.attributes;
  const type = attributeText(exception?.['exception.type'] ?? span.attributes['error.type']);
  const message = attributeText(exception?.['exception.message'] ?? span.status.message);
  if (message !== '') return type === '' ? message : `${type}: ${message}`;
  // A status code is an error type too, and is shown after the name already.
  return /^\d*$/.test(type) ? undefined : type;
}

/** A bar from start to end, in half columns, at least one. Heavy lines are for the critical path in `waymark`. */
function drawBar(startMs: number, endMs: number, wholeMs: number, width: number): string {
  const halves = width * 2;
  const scale = wholeMs > 0 ? halves / wholeMs : 0;
  const start = Math.min(Math.round(startMs * scale), halves - 1);
  const end = Math.max(Math.round(endMs * scale), start + 1);
  const from = Math.floor(start / 2);
  let bar = ' '.repeat(from);
  for (let column = from; column * 2 < end; column++) {
    const left = column * 2 >= start;
    const right = column * 2 + 1 < end;
    bar += left && right ? '─' : left ? '╴' : '╶';
  }
  return bar;
}

function formatDuration(durationMs: number): string {
  if (durationMs < 0.1) return `${Math.round(durationMs * 1000)} µs`;
  if (durationMs < 10) return `${durationMs.toFixed(2)} ms`;
  if (durationMs < 100) return `${durationMs.toFixed(1)} ms`;
  if (durationMs < 1000) return `${durationMs.toFixed(0)} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(2)} s`;
  return `${(durationMs / 60_000).toFixed(1)} min`;
}

function serviceOf({ resource }: SpanData): string {
  return attributeText(resource.attributes['service.name'] ?? 'unknown_service');
}

function processOf(span: SpanData): string {
  return `${serviceOf(span)} ${attributeText(span.resource.attributes['service.instance.id'])}`;
}

function widthOf(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}

function fitInto(width: number, line: Line): Line {
  let left = width;
  return line.map(({ text, style }) => {
    const kept = cutToWidth(text, left);
    left -= textWidth(kept);
    return { text: kept, style };
  });
}

const styleCodes: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
};

function printLine(line: Line, colors: boolean): string {
  const print = ({ text, style }: Piece): string =>
    colors && style !== undefined && text !== '' ? `\u001b[${styleCodes[style]}m${text}\u001b[0m` : text;
  return line.map(print).join('').trimEnd();
}
