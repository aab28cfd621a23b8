/** The operations of each service: how many, how many failed, how slow. A row links to its traces. */
import { useRef, useState } from 'preact/hooks';
import type { Operation } from '../../../src/api/types.ts';
import { formatTerm } from '../../../src/query/edit-query.ts';
import { fetchOperations } from '../api/client.ts';
import { formatCount, formatPlural, formatRate, formatShare } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { go, link, linkHere, param, setParams } from '../router/location.ts';
import { LoadState, NothingYet } from '../shell/list-states.tsx';
import { ServiceName } from '../shell/service-name.tsx';
import { useTitle } from '../shell/use-title.ts';
import { TimeRangePicker } from '../time-range/time-range-picker.tsx';
import { rangeParams, useRanged } from '../time-range/use-ranged.ts';
import {
  chooseOperations,
  type KindChoice,
  kindChoices,
  type SortColumn,
  sortColumns,
  sortOperations,
} from './operation-rows.ts';
import { LatencySpark, TrafficSpark } from './sparkline.tsx';

const columnNames: Readonly<Record<SortColumn, string>> = {
  name: 'Operation',
  count: 'Rate',
  errors: 'Errors',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  total: 'Total time',
};

const kindNames: Readonly<Record<KindChoice, string>> = { requests: 'Requests', calls: 'Calls', all: 'All' };

/** The table shows at most this many rows. The search field finds the others. */
const maxRows = 500;

export function OperationsScreen() {
  useTitle('Operations');
  const service = param('service');
  const text = param('find') ?? '';
  const sort = sortColumns.find((column) => column === param('sort')) ?? 'total';
  const isReversed = param('order') === 'reverse';
  const kinds = kindChoices.find((choice) => choice === param('kind')) ?? 'requests';
  const [selected, setSelected] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const loaded = useRanged('operations', fetchOperations);
  const operations = loaded.value?.operations ?? [];
  const rows = sortOperations(chooseOperations(operations, { kinds, service, text }), sort, { isReversed });
  const shown = rows.slice(0, maxRows);
  const otherCount = (loaded.value?.others ?? [])
    .filter(({ serviceName }) => service === undefined || serviceName === undefined || serviceName === service)
    .reduce((sum, { count }) => sum + count, 0);
  const spanMs = loaded.value === undefined ? 0 : loaded.value.endMs - loaded.value.startMs;

  const select = (index: number) => {
    const next = Math.min(shown.length - 1, Math.max(0, index));
    setSelected(next);
    body.current?.rows[next]?.scrollIntoView({ block: 'nearest' });
  };
  useKeys('Operations', [
    { keys: ['j', 'ArrowDown'], does: 'next operation', run: () => select(selected + 1) },
    { keys: ['k', 'ArrowUp'], does: 'previous operation', run: () => select(selected - 1) },
    {
      keys: ['Enter', 'o'],
      does: 'show its traces',
      run: () => {
        const operation = shown[selected];
        if (operation !== undefined) go(tracesOf(operation));
      },
    },
    { keys: '/', does: 'find by name', run: () => document.getElementById('find-operation')?.focus() },
  ]);

  return (
    <div class="screen">
      <div class="screen-bar">
        <h1>Operations</h1>
        <div class="segments" role="group" aria-label="Kind of operation">
          {kindChoices.map((choice) => (
            <button
              key={choice}
              type="button"
              aria-pressed={choice === kinds}
              onClick={() => setParams({ kind: choice === 'requests' ? undefined : choice })}
            >
              {kindNames[choice]}
            </button>
          ))}
        </div>
        <select
          aria-label="Service"
          value={service ?? ''}
          onChange={(event) => setParams({ service: event.currentTarget.value })}
        >
          <option value="">All services</option>
          {serviceNames(operations, service).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <input
          id="find-operation"
          type="search"
          aria-label="Find by name"
          placeholder="Find by name"
          value={text}
          onInput={(event) => setParams({ find: event.currentTarget.value }, { replace: true })}
        />
        <TimeRangePicker />
      </div>
      <LoadState resource={loaded} />
      {loaded.value !== undefined && rows.length === 0 ? (
        <NothingYet
          title={operations.length === 0 ? 'No operations in this time range' : 'No operation matches'}
          choices={
            operations.length > 0
              ? [{ name: 'Show all operations', to: linkHere({ kind: 'all', service: undefined, find: undefined }) }]
              : [{ name: 'Search all stored traces', to: linkHere({ range: 'all', from: undefined, to: undefined }) }]
          }
        />
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Operations">
          <table class="operations">
            <thead>
              <tr>
                {sortColumns.map((column) => (
                  <SortHeader key={column} column={column} sort={sort} isReversed={isReversed} />
                ))}
                <th scope="col" class="only-wide">
                  Traffic
                </th>
                <th scope="col" class="only-wide">
                  p95 over time
                </th>
              </tr>
            </thead>
            <tbody ref={body}>
              {shown.map((operation, index) => (
                <OperationRow
                  key={`${operation.serviceName} ${operation.kind} ${operation.name}`}
                  operation={operation}
                  spanMs={spanMs}
                  isSelected={index === selected}
                />
              ))}
            </tbody>
          </table>
          {rows.length > maxRows && (
            <p class="list-end dim">
              {formatCount(maxRows)} of {formatCount(rows.length)} operations. Find the others by name.
            </p>
          )}
          {otherCount > 0 && (
            <p class="list-end dim">
              {formatPlural(otherCount, 'more span')} {otherCount === 1 ? 'is' : 'are'} not listed by operation: there
              are too many operation names. Do they contain ids?
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function SortHeader({ column, sort, isReversed }: { column: SortColumn; sort: SortColumn; isReversed: boolean }) {
  const isSorted = column === sort;
  const isDescending = (column === 'name') === isReversed;
  return (
    <th
      scope="col"
      class={column === 'name' ? '' : `number ${column === 'p50' || column === 'total' ? 'only-wide' : ''}`}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="quiet sort"
        onClick={() =>
          setParams({
            sort: column === 'total' ? undefined : column,
            order: isSorted && !isReversed ? 'reverse' : undefined,
          })
        }
      >
        {columnNames[column]}
        <span aria-hidden="true">{isSorted ? (isDescending ? '↓' : '↑') : ''}</span>
      </button>
    </th>
  );
}

function OperationRow(props: { operation: Operation; spanMs: number; isSelected: boolean }) {
  const { operation, spanMs } = props;
  const { serviceName, name, kind, count, errorCount, spark } = operation;
  return (
    <tr aria-selected={props.isSelected}>
      <th scope="row">
        <span class="operation-name">
          <ServiceName name={serviceName} />
          <a class="clip" href={tracesOf(operation)} title={`${name} (${kind}): its traces`}>
            {name === '' ? '(no name)' : name}
          </a>
        </span>
      </th>
      <td class="number" title={formatCount(count)}>
        {formatRate(count, spanMs)}
      </td>
      <td class={`number ${errorCount > 0 ? 'error-text' : 'dim'}`} title={`${formatCount(errorCount)} errors`}>
        {formatShare(errorCount, count)}
      </td>
      <td class="number only-wide">{formatDurationMs(operation.p50Ms)}</td>
      <td class="number">{formatDurationMs(operation.p95Ms)}</td>
      <td class="number">{formatDurationMs(operation.p99Ms)}</td>
      <td class="number only-wide">{formatDurationMs(operation.totalMs)}</td>
      <td class="only-wide">
        <TrafficSpark counts={spark.counts} errors={spark.errors} />
      </td>
      <td class="only-wide">
        <LatencySpark valuesMs={spark.p95Ms} counts={spark.counts} />
      </td>
    </tr>
  );
}

function tracesOf({ serviceName, name }: Operation): string {
  return link('/traces', { q: `${formatTerm('service', serviceName)} ${formatTerm('name', name)}`, ...rangeParams() });
}

function serviceNames(operations: readonly Operation[], chosen: string | undefined): string[] {
  const names = new Set(operations.map(({ serviceName }) => serviceName));
  if (chosen !== undefined) names.add(chosen);
  return [...names].sort();
}
