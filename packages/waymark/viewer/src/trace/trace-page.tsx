/** The screen of one trace, from a collector or from a shared file. */
import type { ComponentChild } from 'preact';
import { useEffect } from 'preact/hooks';
import { FindingsStrip } from './findings-strip.tsx';
import { Flame } from './flame.tsx';
import { Minimap } from './minimap.tsx';
import { SidePanel } from './span-panel.tsx';
import { Statistics } from './statistics.tsx';
import type { TraceCommands } from './trace-commands.ts';
import { TraceHeader } from './trace-header.tsx';
import type { TraceSource } from './trace-source.ts';
import { TraceToolbar } from './trace-toolbar.tsx';
import { useTraceKeys } from './use-trace-keys.ts';
import { useTraceView } from './use-trace-view.ts';
import { Waterfall } from './waterfall.tsx';

export interface TracePageProps {
  readonly source: TraceSource;
  readonly commands?: TraceCommands | undefined;
  readonly renderFailure: (error: Error) => ComponentChild;
}

export function TracePage({ source, commands, renderFailure }: TracePageProps) {
  const { view, error } = useTraceView(source);
  useTraceKeys(view, commands);
  useEffect(() => {
    if (view === undefined) return;
    const { model } = view;
    const top = model.roots[0] ?? model.tree.nodes[0] ?? 0;
    document.title = `${model.names[model.nameOf[top] as number] ?? 'Trace'} – Waymark`;
  }, [view]);
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
