/** Errors, grouped by type and by the place that threw them. A group links to the failed span of its newest trace. */
import { useRef, useState } from 'preact/hooks';
import type { ErrorGroup } from '../../../src/api/types.ts';
import { fetchErrors } from '../api/client.ts';
import { formatCount, formatPlural, formatShortCount } from '../format/count.ts';
import { formatAgo, formatFullTime, formatTime } from '../format/time.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { go, link, linkHere } from '../router/location.ts';
import { EmptyState } from '../shell/empty-state.tsx';
import { LoadState } from '../shell/list-states.tsx';
import { ServiceName } from '../shell/service-name.tsx';
import { useTitle } from '../shell/use-title.ts';
import { currentRange } from '../time-range/time-range.ts';
import { TimeRangePicker } from '../time-range/time-range-picker.tsx';
import { useRanged } from '../time-range/use-ranged.ts';

/** The number of links to traces in one group. */
const maxSamples = 5;

export function ErrorsScreen() {
  useTitle('Errors');
  const loaded = useRanged('errors', fetchErrors);
  const others = loaded.value?.others;
  const groups = [...(loaded.value?.groups ?? [])].sort((a, b) => b.lastMs - a.lastMs);
  const [selected, setSelected] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const select = (index: number) => {
    const next = Math.min(groups.length - 1, Math.max(0, index));
    setSelected(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };
  useKeys('Errors', [
    { keys: ['j', 'ArrowDown'], does: 'next group of errors', run: () => select(selected + 1) },
    { keys: ['k', 'ArrowUp'], does: 'previous group of errors', run: () => select(selected - 1) },
    {
      keys: ['Enter', 'o'],
      does: 'open the newest failed span',
      run: () => {
        const sample = groups[selected]?.samples[0];
        if (sample !== undefined) go(sampleLink(sample));
      },
    },
  ]);
  const range = currentRange();
  const isAll = range.kind === 'last' && range.lengthMs === undefined;
  return (
    <div class="screen">
      <div class="screen-bar">
        <h1>Errors</h1>
        {groups.length > 0 && <span class="dim">{formatPlural(groups.length, 'group')}, newest first</span>}
        <TimeRangePicker />
      </div>
      <LoadState resource={loaded} />
      {loaded.value !== undefined && groups.length === 0 ? (
        <EmptyState title="No errors in this time range">
          <p>
            No span failed. A span fails when its status is error. Its recorded exceptions give the type and the place.
          </p>
          {!isAll && <a href={linkHere({ range: 'all', from: undefined, to: undefined })}>Search all stored traces</a>}
        </EmptyState>
      ) : (
        <ul class="error-groups" ref={list}>
          {groups.map((group, index) => (
            <Group key={group.id} group={group} isSelected={index === selected} />
          ))}
        </ul>
      )}
      {others !== undefined && others.groupCount > 0 && (
        <p class="list-end dim">
          {formatPlural(others.count, 'more error')}, in {formatPlural(others.groupCount, 'other group')}: choose a
          shorter time range to see them.
        </p>
      )}
    </div>
  );
}

function Group({ group, isSelected }: { readonly group: ErrorGroup; readonly isSelected: boolean }) {
  const [newest] = group.samples;
  return (
    <li class={`error-group ${isSelected ? 'selected' : ''}`}>
      <span class="error-count" title={formatPlural(group.count, 'error')}>
        {formatShortCount(group.count)}
        <span class="visually-hidden"> errors</span>
      </span>
      <div class="error-what">
        <h2 class="clip">
          {newest === undefined ? (
            <b>{group.type}</b>
          ) : (
            <a href={sampleLink(newest)}>
              <b>{group.type}</b>
            </a>
          )}
          <span title={group.message}>{group.message}</span>
        </h2>
        <p class="error-where">
          {group.frame !== undefined && <code class="clip">{group.frame}</code>}
          {group.services.map((name) => (
            <ServiceName key={name} name={name} />
          ))}
          <span class="clip dim" title={group.operations.join('\n')}>
            {describeOperations(group.operations)}
          </span>
        </p>
      </div>
      <p class="error-when">
        <time title={formatFullTime(group.lastMs)}>{formatAgo(group.lastMs)}</time>
        <span class="dim" title={formatFullTime(group.firstMs)}>
          {group.count > 1 ? `since ${formatTime(group.firstMs, { withMs: false })}` : ''}
        </span>
      </p>
      <p class="error-samples">
        <span class="visually-hidden">Traces:</span>
        {chooseSamples(group.samples).map((sample) => (
          <a key={sample.spanId + sample.timeMs} class="mono" href={sampleLink(sample)}>
            {formatTime(sample.timeMs, { withMs: false })}
          </a>
        ))}
      </p>
    </li>
  );
}

/** One sample per trace: in one trace, an error often fails several spans on its way up. */
function chooseSamples(samples: ErrorGroup['samples']): ErrorGroup['samples'] {
  const byTrace = new Map(samples.toReversed().map((sample) => [sample.traceId, sample]));
  return samples.filter((sample) => byTrace.get(sample.traceId) === sample).slice(0, maxSamples);
}

function sampleLink({ traceId, spanId }: ErrorGroup['samples'][number]): string {
  return link(`/trace/${traceId}`, { span: spanId });
}

function describeOperations(operations: readonly string[]): string {
  const [first = '', ...others] = operations;
  return others.length === 0 ? first : `${first} and ${formatCount(others.length)} more`;
}
