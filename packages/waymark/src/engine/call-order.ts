/** Which calls of the engine are urgent, and which wait for their turn. */
import type { TraceQuery } from '../store/trace-store.ts';
import type { EngineCalls } from './engine.ts';

/**
 * - `urgent`: stores spans, or costs almost nothing. It runs before any read, and between two steps of a running read.
 * - `read`: gives a bounded answer.
 * - `search`: searches spans until its time limit. Searches and reads take turns, so a trace opens while many clients search.
 */
export type CallKind = 'urgent' | 'read' | 'search';

/** The kind of each call that the main thread can make. */
export const callKinds: Readonly<Record<Exclude<keyof EngineCalls, 'close'>, CallKind>> = {
  ingest: 'urgent',
  importFile: 'urgent',
  add: 'urgent',
  clear: 'urgent',
  counts: 'urgent',
  list: 'search',
  scatter: 'search',
  facets: 'search',
  complete: 'search',
  matching: 'search',
  spans: 'read',
  history: 'read',
  operations: 'read',
  operationsJson: 'read',
  median: 'read',
  map: 'read',
  errors: 'read',
  services: 'read',
  outlineJson: 'read',
  traceJson: 'read',
  tracePiece: 'read',
  jaegerSummary: 'read',
  shareFile: 'read',
  sharePreview: 'read',
  spanDetails: 'read',
  search: 'read',
};

/** A list without a query reads one page, and searches nothing. */
export function kindOfCall(method: keyof typeof callKinds, [request]: readonly unknown[]): CallKind {
  if (method !== 'list') return callKinds[method];
  const { query } = (request ?? {}) as TraceQuery; // the argument of list()
  return query !== undefined ? 'search' : 'read';
}
