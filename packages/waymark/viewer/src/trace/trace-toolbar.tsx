/** Tabs, and the search inside the trace: the browser's search only finds rendered rows. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatCount } from '../format/count.ts';
import { param, setParams } from '../router/location.ts';
import type { Tab, TraceView } from './trace-view.ts';
import { showTab, stepMatches } from './view-actions.ts';

const tabs: readonly { readonly tab: Tab; readonly title: string }[] = [
  { tab: 'waterfall', title: 'Waterfall' },
  { tab: 'flame', title: 'Flame' },
  { tab: 'statistics', title: 'Statistics' },
];

export const searchFieldId = 'trace-search';

export function TraceToolbar({ view }: { readonly view: TraceView }) {
  const tab = view.tab.value;
  return (
    <div class="trace-toolbar">
      <div
        role="tablist"
        aria-label="Views of the trace"
        class="tabs"
        onKeyDown={(event) => moveBetweenTabs(event, tab)}
      >
        {tabs.map(({ tab: name, title }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={name === tab}
            aria-controls="trace-view"
            tabIndex={name === tab ? 0 : -1}
            onClick={() => showTab(name)}
          >
            {title}
          </button>
        ))}
      </div>
      {view.rootRow.value >= 0 && (
        <button
          type="button"
          class="root-note"
          onClick={() => setParams({ root: undefined, z: undefined })}
          title="Show the whole trace (R)"
        >
          Only a subtree ✕
        </button>
      )}
      <TraceSearch view={view} />
    </div>
  );
}

function moveBetweenTabs(event: KeyboardEvent, tab: Tab): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const at = tabs.findIndex((candidate) => candidate.tab === tab);
  const next = tabs[(at + step + tabs.length) % tabs.length]?.tab ?? tab;
  showTab(next);
  document.getElementById(`tab-${next}`)?.focus();
}

/** The search starts after this pause in typing. */
const pauseMs = 150;

function TraceSearch({ view }: { readonly view: TraceView }) {
  const query = param('q') ?? '';
  const [text, setText] = useState(query);
  const [error, setError] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const found = view.matches.value;
  // The user may press Enter before the answer arrives.
  const pendingStep = useRef<{ readonly query: string; readonly step: 1 | -1 }>();
  // The last query of this field. Effects run after painting, so the user may have typed on by then: only a query that comes from
  // elsewhere, by Back or a link, replaces the string.
  const asked = useRef(query);
  const ask = (typed: string): void => {
    asked.current = typed.trim() === '' ? '' : typed;
    const q = asked.current === '' ? undefined : asked.current;
    setParams({ q, only: q && param('only') }, { replace: true });
  };

  useEffect(() => {
    if (query === asked.current) return;
    asked.current = query;
    setText(query);
  }, [query]);
  useEffect(() => {
    if (text === query) return;
    const timer = setTimeout(ask, pauseMs, text);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => {
    if (query === '') {
      view.matches.value = undefined;
      setError(undefined);
      return;
    }
    const abort = new AbortController();
    view.source.search(query, abort.signal).then(
      (spans) => {
        if (abort.signal.aborted) return;
        setError(undefined);
        view.showMatches(query, spans);
        if (pendingStep.current?.query !== query) return;
        stepMatches(view, pendingStep.current.step);
        pendingStep.current = undefined;
      },
      (reason: unknown) => {
        if (!abort.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
      },
    );
    return () => abort.abort();
  }, [query, view]);

  const at = found === undefined ? -1 : found.rows.indexOf(view.selectedRow.value);
  const isOnly = param('only') === '1';
  return (
    <search class="trace-search">
      <input
        ref={field}
        id={searchFieldId}
        type="search"
        value={text}
        placeholder="Find in this trace"
        title={'A string, or a query: status:error dur>10ms http.route:"/users/:id"'}
        aria-label="Find in this trace"
        aria-invalid={error !== undefined}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            const step = event.shiftKey ? -1 : 1;
            const typed = event.currentTarget.value;
            if (view.matches.peek()?.query === typed) stepMatches(view, step);
            else {
              pendingStep.current = { query: typed, step };
              ask(typed);
            }
          }
          if (event.key === 'Escape') {
            if (text === '') event.currentTarget.blur();
            else setText('');
            event.stopPropagation();
            event.preventDefault();
          }
        }}
      />
      <span class={error === undefined ? 'search-count' : 'search-count error-text'} role="status" title={error}>
        {error !== undefined
          ? error
          : found === undefined || query === ''
            ? ''
            : `${at >= 0 ? `${formatCount(at + 1)} of ` : ''}${formatCount(found.rows.length)}`}
      </span>
      {query !== '' && (
        <>
          <button
            type="button"
            class="quiet icon"
            aria-label="Previous match (N)"
            title="Previous match (N)"
            onClick={() => stepMatches(view, -1)}
          >
            ↑
          </button>
          <button
            type="button"
            class="quiet icon"
            aria-label="Next match (n)"
            title="Next match (n)"
            onClick={() => stepMatches(view, 1)}
          >
            ↓
          </button>
          <button
            type="button"
            aria-pressed={isOnly}
            onClick={() => setParams({ only: isOnly ? undefined : '1' }, { replace: true })}
            title="Hide spans that do not match (o)"
          >
            Only matches
          </button>
        </>
      )}
    </search>
  );
}
