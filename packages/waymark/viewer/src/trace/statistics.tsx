/** The table of a trace's operations: how many spans, how long, how much self time. */
import { useMemo } from 'preact/hooks';
import { spanKinds } from '../../../src/analysis/outline.ts';
import type { OperationStatistics } from '../../../src/analysis/statistics.ts';
import { formatCount } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { param, setParams } from '../router/location.ts';
import { VirtualList } from '../rows/virtual-list.tsx';
import { ServiceName } from '../shell/service-name.tsx';
import type { TraceView } from './trace-view.ts';

const columns = [
  { key: 'count', title: 'Count' },
  { key: 'errorCount', title: 'Errors' },
  { key: 'totalMs', title: 'Total' },
  { key: 'selfMs', title: 'Self' },
  { key: 'criticalMs', title: 'Critical path' },
  { key: 'maxMs', title: 'Max' },
] as const;

type Column = (typeof columns)[number]['key'];

export function Statistics({ view }: { readonly view: TraceView }) {
  const { model } = view;
  const sort = columns.find(({ key }) => key === param('sort'))?.key ?? 'selfMs';
  const rows = useMemo(() => model.operations.toSorted((one, other) => other[sort] - one[sort]), [model, sort]);
  const most = useMemo(() => rows.reduce((sum, row) => Math.max(sum, row[sort]), 0), [rows, sort]);
  const selected = model.tree.nodes[view.selectedRow.value] ?? -1;
  return (
    <VirtualList
      class="statistics"
      role="grid"
      label="Operations of the trace"
      count={rows.length}
      columnCount={columns.length + 1}
      header={
        <div class="statistics-row statistics-head" role="row" aria-rowindex={1}>
          <span role="columnheader">Operation</span>
          {columns.map(({ key, title }) => (
            <span
              key={key}
              role="columnheader"
              aria-sort={key === sort ? 'descending' : 'none'}
              class={`number ${key}`}
            >
              <button
                type="button"
                class="quiet"
                onClick={() => setParams({ sort: key === 'selfMs' ? undefined : key }, { replace: true })}
              >
                {title}
                {key === sort ? ' ↓' : ''}
              </button>
            </span>
          ))}
        </div>
      }
      renderRow={(index) => {
        const row = rows[index] as OperationStatistics;
        const isSelected = selected >= 0 && isOf(view, selected, row);
        return (
          <div
            key={`${row.service} ${row.kind} ${row.name}`}
            class={isSelected ? 'statistics-row selected' : 'statistics-row'}
            role="row"
            aria-rowindex={index + 2}
            aria-selected={isSelected}
            title="Select the slowest span"
            onClick={() => view.select(model.tree.rowOfSpan[row.slowest] as number)}
          >
            <span role="gridcell" class="statistics-name">
              <ServiceName name={model.services[row.service] ?? ''} />
              <button type="button" class="quiet clip statistics-operation">
                {model.names[row.name]}
              </button>
              <span class="dim">{spanKinds[row.kind] === 'internal' ? '' : spanKinds[row.kind]}</span>
            </span>
            {columns.map(({ key }) => (
              <span
                key={key}
                role="gridcell"
                class={`number ${key}${key === 'errorCount' && row.errorCount > 0 ? ' error-text' : ''}`}
              >
                {key === sort && (
                  <i class="share-bar" style={{ width: `${most > 0 ? (row[key] / most) * 100 : 0}%` }} />
                )}
                <span>{formatCell(row, key)}</span>
              </span>
            ))}
          </div>
        );
      }}
    />
  );
}

function formatCell(row: OperationStatistics, column: Column): string {
  if (column === 'count') return formatCount(row.count);
  if (column === 'errorCount') return row.errorCount === 0 ? '' : formatCount(row.errorCount);
  return row[column] === 0 ? '' : formatDurationMs(row[column]);
}

function isOf({ model }: TraceView, span: number, { service, kind, name }: OperationStatistics): boolean {
  return model.serviceOf[span] === service && model.kindOf[span] === kind && model.nameOf[span] === name;
}
