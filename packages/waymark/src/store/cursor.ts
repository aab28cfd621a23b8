/** The order of trace lists, and a place in it. */

export interface Place {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly traceId: string;
}

/** Newest first; by id where the start is the same, so that a cursor stands in one place. */
export function comparePlaces(one: Place, other: Place): number {
  if (one.startMs !== other.startMs) return other.startMs - one.startMs;
  return one.traceId < other.traceId ? -1 : one.traceId > other.traceId ? 1 : 0;
}

export function toCursor({ startMs, traceId }: Place): string {
  return `${startMs}-${traceId}`;
}

/** What is no cursor is none. */
export function readCursor(cursor: string | undefined): Place | undefined {
  const parts = /^(?<startMs>-?\d+(?:\.\d+)?)-(?<traceId>[0-9a-f]{32})$/.exec(cursor ?? '')?.groups;
  return parts?.traceId === undefined ? undefined : { startMs: Number(parts.startMs), traceId: parts.traceId };
}
