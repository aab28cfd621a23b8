/** The details of the selected span. The panel is next to the rows, so no row moves when it opens. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { SpanDetails } from '../../../src/api/types.ts';
import type { Span } from '../../../src/model/span.ts';
import { useResource } from '../api/use-resource.ts';
import { formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { link } from '../router/location.ts';
import { copyText } from '../shell/notice.ts';
import { AttributeTable } from './attribute-table.tsx';
import { CalledAt } from './called-at.tsx';
import { durationText } from './duration-text.ts';
import { exceptionAbove } from './exception-above.ts';
import { GroupPanel } from './group-panel.tsx';
import { PanelHead } from './panel-head.tsx';
import { rowKeyOf } from './row-key.ts';
import { ExceptionsAbove, SpanErrors, SpanEvents } from './span-events.tsx';
import { spanIdOf } from './trace-model.ts';
import type { TraceView } from './trace-view.ts';
import { toggleRoot, zoomToSpan } from './view-actions.ts';

export function SidePanel({ view }: { readonly view: TraceView }) {
  const row = view.selectedRow.value;
  const node = view.model.tree.nodes[row];
  if (node === undefined) return null;
  const group = node < 0 ? view.model.tree.groups[-1 - node] : undefined;
  return (
    <aside class="panel" aria-label="Details">
      {group === undefined ? <SpanPanel view={view} span={node} row={row} /> : <GroupPanel view={view} group={group} />}
    </aside>
  );
}

function SpanPanel({ view, span, row }: { readonly view: TraceView; readonly span: number; readonly row: number }) {
  const { model, source } = view;
  const spanId = spanIdOf(model, span);
  // The span count is part of the key: a newer span may have the same id, and a span may be sent again.
  const { value, error } = useResource(`${model.traceId} ${spanId} ${model.spanCount}`, (signal) =>
    source.details(spanId, signal),
  );
  const details = value?.spans[0]?.spanId === spanId ? value : undefined;
  const ordinal = Number(rowKeyOf(model, row).split('.')[1] ?? 1);
  const shown = details?.spans[ordinal - 1] ?? details?.spans[0];
  const above = exceptionAbove(model, row);
  return (
    <>
      <PanelHead
        service={model.services[model.serviceOf[span] as number] ?? ''}
        name={model.names[model.nameOf[span] as number] ?? ''}
      />
      <div class="panel-body">
        <Overview view={view} span={span} row={row} history={details?.history} kind={shown?.kind} />
        {error !== undefined && <p class="error-text">{error.message}</p>}
        {shown !== undefined && (
          <SpanSections view={view} span={shown}>
            {above !== -1 && <FoundException view={view} span={above} />}
          </SpanSections>
        )}
      </div>
    </>
  );
}

/** The exception that a span above has recorded for the same failure. */
function FoundException({ view, span }: { readonly view: TraceView; readonly span: number }) {
  const { model, source } = view;
  const spanId = spanIdOf(model, span);
  const { value } = useResource(`${model.traceId} ${spanId} ${model.spanCount}`, (signal) =>
    source.details(spanId, signal),
  );
  const found = value?.spans.find((one) => one.spanId === spanId);
  return found === undefined ? null : <ExceptionsAbove span={found} />;
}

interface OverviewProps {
  readonly view: TraceView;
  readonly span: number;
  readonly row: number;
  readonly history: SpanDetails['history'];
  readonly kind: string | undefined;
}

function Overview({ view, span, row, history, kind }: OverviewProps) {
  const { model } = view;
  const criticalMs = model.criticalMs[span] as number;
  const offsetMs = model.clockOffsetMs[span] as number;
  const originMs = view.originMs.value;
  const childCount = (model.tree.ends[row] as number) - row - 1;
  const isRoot = view.rootRow.value === row;
  return (
    <section class="overview">
      <dl class="figures">
        <div>
          <dt>Duration</dt>
          <dd>{model.isUnfinished[span] === 1 ? 'unfinished' : durationText(model, span)}</dd>
        </div>
        <div title="Self time: this span ran, and none of its children">
          <dt>Self</dt>
          <dd>{formatDurationMs(model.selfMs[span] as number)}</dd>
        </div>
        <div title="Time on the critical path: the trace waited for this span, and for none of its children">
          <dt>Critical</dt>
          <dd>{criticalMs > 0 ? formatDurationMs(criticalMs) : '–'}</dd>
        </div>
        <div>
          <dt>Starts at</dt>
          <dd>{formatDurationMs((view.startMs.value[span] as number) - originMs)}</dd>
        </div>
        {offsetMs !== 0 && (
          <div
            title={`The clock of this service is about ${formatDurationMs(Math.abs(offsetMs))} ${offsetMs > 0 ? 'ahead' : 'behind'}`}
          >
            <dt>As sent</dt>
            <dd>{formatDurationMs((model.startMs[span] as number) + offsetMs - originMs)}</dd>
          </div>
        )}
      </dl>
      {history !== undefined && <PercentileBadge history={history} />}
      <p class="overview-words">
        {kind !== undefined && kind !== 'internal' && kind !== 'unspecified' && <span class="badge">{kind}</span>}
        {childCount > 0 && <span class="dim">{formatPlural(childCount, 'descendant')}</span>}
        <code class="dim">{spanIdOf(model, span)}</code>
      </p>
      <div class="panel-actions">
        <button type="button" onClick={() => zoomToSpan(view, span)} title="Zoom to the time of this span (f)">
          Zoom to span
        </button>
        {childCount > 0 && (
          <button
            type="button"
            aria-pressed={isRoot}
            onClick={() => toggleRoot(view, row)}
            title="Show only this span and its descendants (r)"
          >
            {isRoot ? 'Show whole trace' : 'Only this subtree'}
          </button>
        )}
        <button
          type="button"
          onClick={() => copyText(location.href, 'the link')}
          title="Copy the link to this span (y)"
        >
          Copy link
        </button>
      </div>
    </section>
  );
}

/** A percentile of fewer spans means nothing. */
const minCompared = 8;

/**
 * The percentile of this duration among spans of the same operation: a duration alone does not show whether it is
 * slow.
 */
function PercentileBadge({ history }: { readonly history: NonNullable<SpanDetails['history']> }) {
  if (history.count < minCompared) {
    return (
      <p class="dim">
        {formatPlural(history.count, 'span')} of this operation so far, p50 {formatDurationMs(history.p50Ms)}
      </p>
    );
  }
  const percentile = Math.round(history.percentile);
  const tone = percentile >= 95 ? 'slow' : percentile >= 75 ? 'slower' : 'usual';
  return (
    <p class={`percentile ${tone}`}>
      <span class="percentile-scale" aria-hidden="true">
        <i style={{ left: `${percentile}%` }} />
      </span>
      <b>
        p{percentile} of {history.count}
      </b>
      <span class="dim">
        p50 {formatDurationMs(history.p50Ms)}, p95 {formatDurationMs(history.p95Ms)}
      </span>
    </p>
  );
}

interface SpanSectionsProps {
  readonly view: TraceView;
  readonly span: Span;
  /** Below the errors of the span. */
  readonly children: ComponentChildren;
}

function SpanSections({ view, span, children }: SpanSectionsProps) {
  const canSearch = view.source.isLive;
  const eventCount = (span.events ?? []).filter(({ name }) => name !== 'exception').length;
  const attributeCount = Object.keys(span.attributes).length;
  return (
    <>
      <CalledAt attributes={span.attributes} />
      <SpanErrors span={span} />
      {children}
      <Section title="Attributes" count={attributeCount} isOpen>
        {attributeCount === 0 && <p class="dim">None.</p>}
        <AttributeTable attributes={span.attributes} droppedCount={span.droppedAttributesCount} canSearch={canSearch} />
      </Section>
      {(eventCount > 0 || (span.droppedEventsCount ?? 0) > 0) && (
        <Section title="Events" count={eventCount} isOpen>
          <SpanEvents span={span} canSearch={canSearch} />
          {(span.droppedEventsCount ?? 0) > 0 && (
            <p class="dropped">The sender dropped {span.droppedEventsCount} more: its limit for events.</p>
          )}
        </Section>
      )}
      {(span.links?.length ?? 0) > 0 && (
        <Section title="Links" count={span.links?.length ?? 0} isOpen>
          <ul class="links">
            {span.links?.map(({ traceId, spanId, attributes }) => (
              <li key={`${traceId} ${spanId}`}>
                {canSearch ? (
                  <a href={link(`/trace/${traceId}`, { span: spanId })}>
                    {traceId === span.traceId ? `span ${spanId} of this trace` : `trace ${traceId}`}
                  </a>
                ) : (
                  <code>{traceId}</code>
                )}
                {attributes !== undefined && <AttributeTable attributes={attributes} canSearch={canSearch} />}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Resource" count={Object.keys(span.resource.attributes).length}>
        <AttributeTable
          attributes={span.resource.attributes}
          droppedCount={span.resource.droppedAttributesCount}
          canSearch={canSearch}
        />
        {span.scope !== undefined && span.scope.name !== '' && (
          <p class="dim">
            recorded by {span.scope.name} {span.scope.version}
          </p>
        )}
      </Section>
      <Section title="Raw">
        <RawJson span={span} />
      </Section>
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly count?: number;
  readonly isOpen?: boolean;
  readonly children: ComponentChildren;
}

/** Renders its content only while it is open. */
function Section({ title, count, isOpen: isOpenAtFirst = false, children }: SectionProps) {
  const [isOpen, setOpen] = useState(isOpenAtFirst);
  return (
    <details class="panel-section" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {title} {count !== undefined && <span class="dim">{count}</span>}
      </summary>
      {isOpen && children}
    </details>
  );
}

function RawJson({ span }: { readonly span: Span }) {
  const text = JSON.stringify(span, undefined, 2);
  return (
    <div class="stack-frame">
      <pre class="raw" tabIndex={0}>
        {text}
      </pre>
      <button type="button" class="quiet" onClick={() => copyText(text, 'the span as JSON')}>
        Copy
      </button>
    </div>
  );
}
