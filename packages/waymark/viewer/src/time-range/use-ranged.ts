/** Loads the data of a time range, again every few seconds while the range ends now. */
import { type Resource, useRefreshed } from '../api/use-resource.ts';
import { type Bounds, boundsOf } from './read-range.ts';
import { currentRange, rangeKey } from './time-range.ts';
import { useNow } from './use-now.ts';

const everyMs = 5000;

/** @param load Gets the bounds in the form that the API takes. */
export function useRanged<T>(
  name: string,
  load: (bounds: Bounds, signal: AbortSignal) => Promise<T>,
): Resource<T> & { readonly key: string } {
  const range = currentRange();
  const nowMs = useNow(range.kind === 'last' ? everyMs : undefined);
  const key = `${name} ${rangeKey(range)}`;
  const resource = useRefreshed(key, range.kind === 'last' ? nowMs : undefined, (signal) =>
    load(boundsOf(range, Date.now()), signal),
  );
  return { ...resource, key };
}

/** The parameters of the range, for links to the traces. */
export function rangeParams(): { range: string | undefined; from: number | undefined; to: number | undefined } {
  const range = currentRange();
  return range.kind === 'last'
    ? { range: range.id, from: undefined, to: undefined }
    : { range: undefined, from: range.startMs, to: range.endMs };
}
