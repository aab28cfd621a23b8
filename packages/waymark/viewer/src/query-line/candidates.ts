/** What the query line offers at the caret: keys, and the values that the collector has seen of a key. */
import { useEffect, useState } from 'preact/hooks';
import { type CompletionPlace, completionAt } from '../../../src/query/completion-at.ts';
import { quoteValue } from '../../../src/query/edit-query.ts';
import { fetchCompletions } from '../api/client.ts';

export interface Candidate {
  readonly label: string;
  readonly hint: string;
  /** What comes in place of the text from `start` to `end`. */
  readonly insert: string;
  readonly start: number;
  readonly end: number;
  /** Whether a term is complete with it, so that nothing more is to be offered. */
  readonly isWhole: boolean;
}

const builtIn: readonly { readonly insert: string; readonly hint: string }[] = [
  { insert: 'service:', hint: 'name of a service' },
  { insert: 'name:', hint: 'operation' },
  { insert: 'status:', hint: 'ok, error' },
  { insert: 'dur>', hint: 'duration, as 200ms' },
  { insert: 'kind:', hint: 'server, client, internal …' },
];

const maxCandidates = 12;
/** A request per keystroke would be too many, a pause that one feels too long. */
const settleMs = 60;

/** @param caret Where the caret is; `undefined` while nothing is to be offered. */
export function useCandidates(text: string, caret: number | undefined): readonly Candidate[] {
  const [candidates, setCandidates] = useState<readonly Candidate[]>([]);
  useEffect(() => {
    // A text that was cleared is shorter than where the caret was.
    const place = caret === undefined ? undefined : completionAt(text, Math.min(caret, text.length));
    if (place === undefined) {
      setCandidates([]);
      return;
    }
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      const found = await load(place, abort.signal).catch(() => []);
      if (!abort.signal.aborted)
        setCandidates(found.filter(({ insert }) => insert !== text.slice(place.start, place.end)));
    }, settleMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, caret]);
  return candidates;
}

async function load({ key, prefix, start, end }: CompletionPlace, signal: AbortSignal): Promise<readonly Candidate[]> {
  const request = key === undefined ? { prefix } : { key, prefix };
  const { completions } = await fetchCompletions(request, signal);
  if (key !== undefined) {
    return completions
      .slice(0, maxCandidates)
      .map((value) => ({ label: value, hint: '', insert: quoteValue(value), start, end, isWhole: true }));
  }
  const own = builtIn.filter(({ insert }) => insert.startsWith(prefix));
  const known = new Set(own.map(({ insert }) => insert.replace(/\W$/, '')));
  const attributes = completions.filter((name) => !known.has(name) && name !== 'dur' && name !== 'duration');
  return [...own, ...attributes.map((name) => ({ insert: `${name}:`, hint: 'attribute' }))]
    .slice(0, maxCandidates)
    .map(({ insert, hint }) => ({ label: insert.replace(/:$/, ''), hint, insert, start, end, isWhole: false }));
}
