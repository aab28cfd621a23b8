/** The end of the trace list: a button for older traces, or how far back the search went. */
import { formatCount } from '../format/count.ts';
import { formatFullTime, formatTime } from '../format/time.ts';
import type { TraceRows } from './use-trace-list.ts';

export function ListEnd({ list }: { readonly list: TraceRows }) {
  if (list.isLoading) return null;
  if (list.isLoadingMore) {
    return (
      <p class="list-end" role="status">
        Searching …
      </p>
    );
  }
  if (list.older === 'ask' && list.searchedBackToMs !== undefined) {
    return (
      <p class="list-end">
        Searched back to{' '}
        <time title={formatFullTime(list.searchedBackToMs)}>
          {formatTime(list.searchedBackToMs, { withMs: false })}
        </time>
        .
        <button type="button" onClick={list.loadOlder}>
          Continue
        </button>
      </p>
    );
  }
  if (list.older === 'more') {
    return (
      <p class="list-end">
        <button type="button" class="quiet" onClick={list.loadOlder}>
          Older traces
        </button>
      </p>
    );
  }
  return (
    <p class="list-end dim">
      {list.rows.length < 12 ? '' : `All ${formatCount(list.rows.length)} traces of this time range`}
    </p>
  );
}
