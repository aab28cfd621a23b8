/**
 * The spans of Prisma's engine in Rust (5, and 6 without an adapter), which come with their own times. Of these only the
 * statements are recorded, directly below the operation.
 */
import { currentContext, withContext } from '../../active-context.ts';
import type { Context } from '../../context.ts';
import { beginQuery } from '../sql-operation.ts';
import { serverOf } from './operation-span.ts';
import { contextOfSpan } from './traceparent.ts';

type EngineTime = [seconds: number, nanoseconds: number];

/** With underscores in 5, and in camel case in 6. */
export interface EngineSpan {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  readonly id?: string;
  readonly startTime?: EngineTime;
  readonly endTime?: EngineTime;
  readonly span_id?: string;
  readonly parent_span_id?: string;
  readonly start_time?: EngineTime;
  readonly end_time?: EngineTime;
}

export function recordEngineSpans(spans: readonly EngineSpan[]): void {
  const parents = new Map(spans.map((span) => [span.span_id, span.parent_span_id]));
  for (const span of spans) {
    if (span.name !== 'prisma:engine:db_query') continue;
    const parent = span.span_id === undefined ? currentContext() : contextOfFirst(span, parents);
    if (parent !== undefined) withContext(parent, () => recordStatement(span));
  }
}

/** Up to the span of the client that the engine was called in. */
function contextOfFirst(
  span: EngineSpan,
  parents: ReadonlyMap<string | undefined, string | undefined>,
): Context | undefined {
  let parent = span.parent_span_id;
  for (let depth = 0; depth < parents.size && parents.has(parent); depth++) parent = parents.get(parent);
  return contextOfSpan(parent);
}

function recordStatement({ attributes = {}, startTime, start_time, endTime, end_time }: EngineSpan): void {
  const text = attributes['db.query.text'] ?? attributes['db.statement'];
  if (typeof text !== 'string') return;
  const { dialect, server } = serverOf(attributes['db.system.name'] ?? attributes['db.system']);
  const operation = beginQuery('prisma', dialect, text, server, undefined, startTime ?? start_time);
  operation?.recording?.end(endTime ?? end_time);
}
