/** The completions of the query line at the caret: keys, and the values of a key that the collector has stored. */
import { useEffect, useState } from 'preact/hooks';
import { type CompletionPlace, completionAt } from '../../../src/query/completion-at.ts';
import { quoteValue } from '../../../src/query/edit-query.ts';
import { fetchCompletions } from '../api/client.ts';

export interface Candidate {
  readonly label: string;
  readonly hint: string;
  /** Replaces the text from `start` to `end`. */
  readonly insert: string;
  readonly start: number;
  readonly end: number;
  /** Whether it completes a term. Then no further completions are shown. */
  readonly isWhole: boolean;
}

const builtIn: readonly { readonly insert: string; readonly hint: string }[] = [
  { insert: 'service:', hint: 'service name' },
  { insert: 'name:', hint: 'operation' },
  { insert: 'status:', hint: 'ok, error' },
  { insert: 'dur>', hint: 'duration, for example 200ms' },
  { insert: 'kind:', hint: 'server, client, internal …' },
];

const maxCandidates = 12;
/** Waits for a pause in typing: one request per keystroke would be too many. */
const settleMs = 60;

/** @param caret The position of the caret. `undefined` shows no completions. */
export function useCandidates(text: string, caret: number | undefined): readonly Candidate[] {
  const [candidates, setCandidates] = useState<readonly Candidate[]>([]);
  useEffect(() => {
    // After the text is cleared, it is shorter than the old position of the caret.
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
