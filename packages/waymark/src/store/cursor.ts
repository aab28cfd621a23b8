/** The order of trace lists, and a position in it. */

export interface Place {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly traceId: string;
}

/** The newest first. Traces with equal starts are ordered by id, so that a cursor is at one position. */
export function comparePlaces(one: Place, other: Place): number {
  if (one.startMs !== other.startMs) return other.startMs - one.startMs;
  return one.traceId < other.traceId ? -1 : one.traceId > other.traceId ? 1 : 0;
}

export function toCursor({ startMs, traceId }: Place): string {
  return `${startMs}-${traceId}`;
}

/** `undefined` for a string that is not a cursor. */
export function readCursor(cursor: string | undefined): Place | undefined {
  const parts = /^(?<startMs>-?\d+(?:\.\d+)?)-(?<traceId>[0-9a-f]{32})$/.exec(cursor ?? '')?.groups;
  return parts?.traceId === undefined ? undefined : { startMs: Number(parts.startMs), traceId: parts.traceId };
}
