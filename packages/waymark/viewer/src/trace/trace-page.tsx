/** The screen of one trace, wherever it comes from: what it took, where the time went, what went wrong. */
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { FindingsStrip } from './findings-strip.tsx';
import { Flame } from './flame.tsx';
import { Minimap } from './minimap.tsx';
import { findRow, rowKeyOf } from './row-key.ts';
import { SidePanel } from './span-panel.tsx';
import { Statistics } from './statistics.tsx';
import { TraceHeader } from './trace-header.tsx';
import type { TraceModel } from './trace-model.ts';
import type { TraceSource } from './trace-source.ts';
import { TraceToolbar } from './trace-toolbar.tsx';
import { createTraceView, type TraceView } from './trace-view.ts';
import { useTraceKeys } from './use-trace-keys.ts';
import { positionOf } from './visible-rows.ts';
import { Waterfall } from './waterfall.tsx';

/** What needs a collector. */
export interface TraceCommands {
  readonly share: () => void;
  readonly compare: (model: TraceModel) => void;
}

export interface TracePageProps {
  readonly source: TraceSource;
  readonly commands?: TraceCommands | undefined;
  readonly renderFailure: (error: Error) => ComponentChild;
}

export function TracePage({ source, commands, renderFailure }: TracePageProps) {
  const { view, error } = useTraceView(source);
  useTraceKeys(view, commands);
  if (view === undefined) {
    return error === undefined ? <p class="trace-loading">Loading the trace …</p> : renderFailure(error);
  }
  const tab = view.tab.value;
  return (
    <div class={view.selectedRow.value >= 0 ? 'trace with-panel' : 'trace'}>
      <TraceHeader view={view} commands={commands} />
      <FindingsStrip view={view} />
      <Minimap view={view} />
      <TraceToolbar view={view} />
      <div class="trace-body">
        <div class="trace-view" id="trace-view" role="tabpanel" aria-labelledby={`tab-${tab}`}>
          {tab === 'waterfall' && <Waterfall view={view} />}
          {tab === 'flame' && <Flame view={view} />}
          {tab === 'statistics' && <Statistics view={view} />}
        </div>
        <SidePanel view={view} />
      </div>
    </div>
  );
}

/** Loads the trace, and again whenever it has grown; what the reader has done to the view stays. */
function useTraceView(source: TraceSource): { view: TraceView | undefined; error: Error | undefined } {
  const [state, setState] = useState<{ view?: TraceView; error?: Error }>({});
  const latest = useRef<TraceView>();
  useEffect(() => {
    const abort = new AbortController();
    let isLoading = false;
    let isStale = false;
    async function load(): Promise<void> {
      isLoading = true;
      isStale = false;
      try {
        const model = await source.load(abort.signal);
        const before = latest.current;
        if (
          before === undefined ||
          before.model.spanCount !== model.spanCount ||
          before.model.totalMs !== model.totalMs
        ) {
          const view = createTraceView(source, model, before);
          if (before !== undefined) keepPlace(before, view);
          latest.current = view;
          setState({ view });
        }
      } catch (error) {
        if (abort.signal.aborted) return;
        // A trace that is on the screen stays there, whatever becomes of the collector.
        if (latest.current === undefined)
          setState({ error: error instanceof Error ? error : new Error(String(error)) });
      }
      isLoading = false;
      if (isStale && !abort.signal.aborted) load();
    }
    load();
    const stop = source.onGrowth(() => {
      if (isLoading) isStale = true;
      else load();
    });
    return () => {
      stop();
      abort.abort();
    };
  }, [source]);
  useEffect(() => {
    if (state.view === undefined) return;
    const { model } = state.view;
    const top = model.roots[0] ?? model.tree.nodes[0] ?? 0;
    document.title = `${model.names[model.nameOf[top] as number] ?? 'Trace'} – Waymark`;
  }, [state.view]);
  return { view: state.view, error: state.error };
}

/** New spans above those in sight must not push these away: the list scrolls by as many rows as have come before them. */
function keepPlace(before: TraceView, after: TraceView): void {
  const list = document.querySelector<HTMLElement>('.waterfall');
  if (list === null || list.scrollTop === 0) return;
  const rowHeightPx = 24;
  const topRow = before.visible.peek()[Math.floor(list.scrollTop / rowHeightPx)];
  if (topRow === undefined) return;
  const row = findRow(after.model, rowKeyOf(before.model, topRow));
  const position = positionOf(after.visible.peek(), row);
  // After the new rows are there: a list that is still short cannot be scrolled.
  if (position >= 0) {
    const screenTopPx = list.getBoundingClientRect().top - (list.scrollTop % rowHeightPx);
    after.keptRow.value = { position, screenTopPx };
  }
}
