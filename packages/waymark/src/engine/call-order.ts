/** Which call of the engine is urgent, and which ones wait for their turn. */
import type { TraceQuery } from '../store/trace-store.ts';
import type { EngineCalls } from './engine.ts';

/**
 * - `urgent`: stores, or costs next to nothing. It is run before any read, and between two steps of one that is running.
 * - `read`: a bounded answer.
 * - `search`: looks through spans until its time is over. Searches and reads take turns, so that a trace opens while many search.
 */
export type CallKind = 'urgent' | 'read' | 'search';

/** One for each call that is offered to the main thread. */
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
  traceText: 'read',
  tracePiece: 'read',
  jaegerSummary: 'read',
  shareFile: 'read',
  sharePreview: 'read',
  spanDetails: 'read',
  search: 'read',
};

/** A list without a query reads one page, and looks through nothing. */
export function kindOfCall(method: keyof typeof callKinds, [request]: readonly unknown[]): CallKind {
  if (method !== 'list') return callKinds[method];
  const { query } = (request ?? {}) as TraceQuery; // as its method has it
  return query !== undefined ? 'search' : 'read';
}
