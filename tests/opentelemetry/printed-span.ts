// A finished span as plain data, the same for Waymark and for OpenTelemetry's SDK, and trees of these to compare.

export interface PrintedSpan {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
  readonly status: { readonly code: 'unset' | 'ok' | 'error'; readonly message?: string | undefined };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** The name and version of the tracer. */
  readonly scope: { readonly name: string; readonly version?: string | undefined };
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
}

/** A span with what is below it, without what differs from run to run: ids and times. */
export interface ComparedSpan {
  readonly name: string;
  readonly kind: PrintedSpan['kind'];
  readonly status: PrintedSpan['status'];
  readonly attributes: PrintedSpan['attributes'];
  readonly events: PrintedSpan['events'];
  readonly links: number;
  readonly scope: PrintedSpan['scope'];
  readonly below: readonly ComparedSpan[];
}

/**
 * The trees, whole, for two runs to be compared. Roots and siblings are in the order of what is in them, as concurrent calls have no other.
 * A span whose parent is missing has a root `orphan` above it.
 */
export function treesOf(spans: readonly PrintedSpan[]): readonly ComparedSpan[] {
  const ids = new Set(spans.map(keyOf));
  const below = (parent: string | undefined): ComparedSpan[] =>
    inOrder(spans.filter((span) => parentKeyOf(span) === parent).map((span) => comparedOf(span, below(keyOf(span)))));
  const orphans = spans.filter((span) => span.parentSpanId !== undefined && !ids.has(parentKeyOf(span) as string));
  const adopted = orphans.map((span) => ({ ...comparedOf(span, below(keyOf(span))), name: `orphan ${span.name}` }));
  return [...below(undefined), ...inOrder(adopted)];
}

/**
 * The trees as lines, for a test to say what they are: kind unless internal, name, the instrumentation, `!` and the message of a
 * failure. Equal siblings, with the same below them, are one line with `×` and their number.
 */
export function drawTrees(spans: readonly PrintedSpan[]): readonly string[] {
  return drawAll(treesOf(spans), '');
}

function drawAll(spans: readonly ComparedSpan[], indent: string): string[] {
  const counts = new Map<string, number>();
  for (const span of spans) {
    const lines = [indent + drawSpan(span), ...drawAll(span.below, `${indent}  `)].join('\n');
    counts.set(lines, (counts.get(lines) ?? 0) + 1);
  }
  return [...counts].flatMap(([lines, count]) => {
    const [first = '', ...others] = lines.split('\n');
    return [count === 1 ? first : `${first} × ${count}`, ...others];
  });
}

function drawSpan({ name, kind, scope, status }: ComparedSpan): string {
  const scopeName = scope.name.replace('@opentelemetry/instrumentation-', '');
  const parts = [kind === 'internal' ? '' : kind, name, scopeName === '' ? '' : `(${scopeName})`];
  if (status.code !== 'unset')
    parts.push(status.code === 'error' ? `! ${status.message ?? ''}`.trimEnd().replaceAll('\n', ' ') : status.code);
  return parts.filter((part) => part !== '').join(' ');
}

function comparedOf(span: PrintedSpan, below: readonly ComparedSpan[]): ComparedSpan {
  const { name, kind, status, attributes, events, links, scope } = span;
  if (isOfApplication(span))
    return { name, kind, status: { code: 'unset' }, attributes: {}, events: [], links: 0, scope: { name: '' }, below };
  const compared = events.map((event) => ({ name: event.name, attributes: comparedException(event.attributes) }));
  return {
    name,
    kind,
    status,
    attributes: withoutChance(attributes),
    events: compared,
    links: links.length,
    scope,
    below,
  };
}

/** What a server span says is up to the tracer that makes it: only its name and its place are compared. */
function isOfApplication({ scope }: PrintedSpan): boolean {
  return scope.name === 'application' || scope.name.startsWith('@waymark/');
}

/** The type of an error is its class with Waymark, and its code or its name with the SDK. */
const typesOfSdk: Readonly<Record<string, string>> = { SimpleError: 'Error', MongoServerError: '11000' };

/** The lines of a stack below the first have the frames of whatever runs the callbacks. */
function comparedException(attributes: PrintedSpan['attributes']): PrintedSpan['attributes'] {
  const { 'exception.stacktrace': stack, 'exception.type': type } = attributes;
  return {
    ...attributes,
    ...(typeof stack === 'string' ? { 'exception.stacktrace': stack.split('\n    at ')[0] } : {}),
    ...(typeof type === 'string' ? { 'exception.type': typesOfSdk[type] ?? type } : {}),
  };
}

/** Without the ports of servers that a scenario starts, and without the times in the message of a missed deadline of gRPC. */
function withoutChance(attributes: PrintedSpan['attributes']): PrintedSpan['attributes'] {
  const entries = Object.entries(attributes).filter(([key]) => !key.endsWith('.port'));
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      key === 'grpc.error_message' && typeof value === 'string'
        ? value.replace(/exceeded after .*/, 'exceeded')
        : value,
    ]),
  );
}

function inOrder(spans: readonly ComparedSpan[]): ComparedSpan[] {
  const texts = new Map(spans.map((span) => [span, [...drawAll([span], ''), JSON.stringify(span)].join('\n')]));
  return [...spans].sort((a, b) => ((texts.get(a) as string) < (texts.get(b) as string) ? -1 : 1));
}

function keyOf({ traceId, spanId }: PrintedSpan): string {
  return `${traceId} ${spanId}`;
}

function parentKeyOf({ traceId, parentSpanId }: PrintedSpan): string | undefined {
  return parentSpanId === undefined ? undefined : `${traceId} ${parentSpanId}`;
}
