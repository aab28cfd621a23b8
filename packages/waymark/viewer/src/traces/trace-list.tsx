/** The trace list: one row per trace, newest first. */
import type { ComponentChildren, Ref } from 'preact';
import type { TraceSummary } from '../../../src/api/types.ts';
import { serviceColour } from '../colours/service-colour.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { formatFullTime, formatTime } from '../format/time.ts';
import { VirtualList, type VirtualListHandle } from '../rows/virtual-list.tsx';
import { isNarrow } from '../shell/narrow.ts';
import { ServiceName } from '../shell/service-name.tsx';
import { barShare } from './trace-rows.ts';

export interface TraceListProps {
  readonly rows: readonly TraceSummary[];
  readonly selectedId: string | undefined;
  readonly linkTo: (traceId: string) => string;
  readonly onSelect: (traceId: string) => void;
  readonly onRange: (start: number, end: number) => void;
  readonly onScroll: (scrollTopPx: number) => void;
  readonly footer: ComponentChildren;
  readonly handle: Ref<VirtualListHandle>;
}

/** The height of one row: two lines on a phone. */
function traceRowHeightPx(): number {
  return isNarrow() ? 48 : 24;
}

export function TraceList({ rows, selectedId, linkTo, onSelect, ...list }: TraceListProps) {
  let shortestMs = Number.POSITIVE_INFINITY;
  let longestMs = 0;
  for (const { durationMs } of rows) {
    shortestMs = Math.min(shortestMs, durationMs);
    longestMs = Math.max(longestMs, durationMs);
  }
  const isSelectedLoaded = rows.some(({ traceId }) => traceId === selectedId);
  return (
    <VirtualList
      {...list}
      class="trace-list"
      role="grid"
      label="Traces, newest first"
      count={rows.length}
      columnCount={6}
      rowHeightPx={traceRowHeightPx()}
      activeId={isSelectedLoaded ? rowId(selectedId) : undefined}
      header={<Header />}
      renderRow={(index) => {
        const row = rows[index];
        if (row === undefined) return null;
        return (
          <Row
            key={row.traceId}
            row={row}
            index={index}
            href={linkTo(row.traceId)}
            isSelected={row.traceId === selectedId}
            share={barShare(row.durationMs, shortestMs, longestMs)}
            onSelect={onSelect}
          />
        );
      }}
    />
  );
}

function rowId(traceId: string | undefined): string {
  return `trace-row-${traceId}`;
}

function Header() {
  return (
    <div class="trace-row list-header" role="row" aria-rowindex={1}>
      <span role="columnheader">Time</span>
      <span role="columnheader">Operation</span>
      <span role="columnheader">Status</span>
      <span role="columnheader">Duration</span>
      <span role="columnheader" class="number">
        Spans
      </span>
      <span role="columnheader">Services</span>
    </div>
  );
}

interface RowProps {
  readonly row: TraceSummary;
  readonly index: number;
  readonly href: string;
  readonly isSelected: boolean;
  readonly share: number;
  readonly onSelect: (traceId: string) => void;
}

function Row({ row, index, href, isSelected, share, onSelect }: RowProps) {
  return (
    <div
      id={rowId(row.traceId)}
      class={`trace-row ${row.errorCount > 0 ? 'has-error' : ''}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onPointerDown={() => onSelect(row.traceId)}
    >
      <span role="gridcell" class="cell-time mono" title={formatFullTime(row.startMs)}>
        {formatTime(row.startMs)}
      </span>
      <span role="gridcell" class="cell-operation">
        <ServiceName name={row.serviceName} />
        <a href={href} tabIndex={-1} class="clip" title={`${row.serviceName}: ${row.name}`}>
          {row.name === '' ? '(no name)' : row.name}
        </a>
      </span>
      <span role="gridcell" class="cell-status">
        <Status row={row} />
      </span>
      <span role="gridcell" class="cell-duration">
        <span class="duration-track" aria-hidden="true">
          <i style={{ width: `${share * 100}%`, background: serviceColour(row.serviceName) }} />
        </span>
        <span class="duration-text">{formatDurationMs(row.durationMs)}</span>
      </span>
      <span role="gridcell" class="cell-spans number">
        {formatCount(row.spanCount)}
      </span>
      <span role="gridcell" class="cell-services" title={describeServices(row)}>
        <span class="visually-hidden">{formatPlural(row.services.length, 'service')}</span>
        {row.services.slice(0, 8).map(({ name, errorCount }) => (
          <i
            key={name}
            class={`service-dot ${errorCount > 0 ? 'failed' : ''}`}
            style={{ background: serviceColour(name) }}
            aria-hidden="true"
          />
        ))}
        {row.services.length > 8 && <span class="dim">+{row.services.length - 8}</span>}
      </span>
    </div>
  );
}

function Status({ row: { errorCount, hasRoot, unfinishedCount } }: { readonly row: TraceSummary }) {
  if (errorCount > 0) return <span class="error-text">✕ {formatPlural(errorCount, 'error')}</span>;
  if (unfinishedCount > 0) {
    return (
      <span
        class="warn-text"
        title={`${formatPlural(unfinishedCount, 'span')} without an end: still running, or cut off`}
      >
        unfinished
      </span>
    );
  }
  if (hasRoot) return <span class="dim">ok</span>;
  return (
    <span class="warn-text" title="The root span has not arrived. Name and time are those of the earliest span">
      no root
    </span>
  );
}

function describeServices({ services }: TraceSummary): string {
  return services
    .map(({ name, spanCount, errorCount }) => {
      const errors = errorCount > 0 ? `, ${formatPlural(errorCount, 'error')}` : '';
      return `${name}: ${formatPlural(spanCount, 'span')}${errors}`;
    })
    .join('\n');
}
