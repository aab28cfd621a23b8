/**
 * The facets: values to filter by, with the number of traces of each. A click includes a value. The minus, or Alt-
 * click, excludes it.
 */
import { useState } from 'preact/hooks';
import type { Facets } from '../../../src/api/types.ts';
import { formatCount, formatPlural, formatShortCount } from '../format/count.ts';
import { ServiceName } from '../shell/service-name.tsx';
import type { FacetState } from './facet-terms.ts';

export interface FacetPanelProps {
  readonly facets: Facets | undefined;
  readonly isLoading: boolean;
  readonly stateOf: (key: string, value: string) => FacetState;
  readonly onToggle: (key: string, value: string, isExcluded: boolean) => void;
}

/** The number of values of a facet before `more`. */
const shortCount = 8;

const titles: Readonly<Record<string, string>> = {
  service: 'Service',
  name: 'Operation',
  status: 'Status',
  kind: 'Kind',
};

export function FacetPanel({ facets, isLoading, ...terms }: FacetPanelProps) {
  const shown = facets?.facets.filter(({ values }) => values.length > 0) ?? [];
  return (
    <section class="facets" aria-label="Filters" aria-busy={isLoading}>
      {shown.map((facet) => (
        <FacetGroup key={facet.key} facet={facet} {...terms} />
      ))}
      {facets !== undefined && shown.length > 0 && (
        <p class="dim facet-note">Counted over {formatPlural(facets.traceCount, 'trace')}</p>
      )}
    </section>
  );
}

type Facet = Facets['facets'][number];

interface FacetGroupProps extends Pick<FacetPanelProps, 'stateOf' | 'onToggle'> {
  readonly facet: Facet;
}

function FacetGroup({ facet: { key, values, otherValueCount }, stateOf, onToggle }: FacetGroupProps) {
  const [isLong, setLong] = useState(false);
  const most = values.reduce((max, { count }) => Math.max(max, count), 1);
  const shown = isLong ? values : values.slice(0, shortCount);
  const title = titles[key] ?? key;
  return (
    <section class="facet" aria-label={title}>
      <h3 class="clip" title={key}>
        {title}
      </h3>
      <ul>
        {shown.map(({ value, count }) => (
          <FacetValue
            key={value}
            facetKey={key}
            value={value}
            count={count}
            share={count / most}
            state={stateOf(key, value)}
            onToggle={onToggle}
          />
        ))}
      </ul>
      {otherValueCount > 0 && (isLong || values.length <= shortCount) && (
        <p class="dim facet-note">{formatPlural(otherValueCount, 'other value')}</p>
      )}
      {values.length > shortCount && (
        <button type="button" class="quiet facet-more" onClick={() => setLong(!isLong)} aria-expanded={isLong}>
          {isLong ? 'Fewer' : describeMore(values.length - shortCount, otherValueCount)}
        </button>
      )}
    </section>
  );
}

/** `12 more`, or `12 of 1,992 more` if the others are not listed. */
function describeMore(count: number, otherCount: number): string {
  return otherCount === 0 ? `${count} more` : `${count} of ${formatCount(count + otherCount)} more`;
}

interface FacetValueProps extends Pick<FacetPanelProps, 'onToggle'> {
  readonly facetKey: string;
  readonly value: string;
  readonly count: number;
  readonly share: number;
  readonly state: FacetState;
}

function FacetValue({ facetKey, value, count, share, state, onToggle }: FacetValueProps) {
  const shown = value === '' ? '(empty)' : value;
  return (
    <li class={`facet-value ${state}`}>
      <button
        type="button"
        class="facet-include"
        aria-pressed={state === 'included'}
        title={`${shown}\nClick: only these. Alt-click: all but these`}
        onClick={(event) => onToggle(facetKey, value, event.altKey || state === 'excluded')}
      >
        <i class="facet-bar" style={{ width: `${share * 100}%` }} aria-hidden="true" />
        <span class="visually-hidden">Only </span>
        <span class="facet-text">
          {facetKey === 'service' ? <ServiceName name={shown} /> : <span class="clip">{shown}</span>}
        </span>
        <span class="facet-count" title={formatCount(count)}>
          {formatShortCount(count)}
          <span class="visually-hidden">{count === 1 ? ' trace' : ' traces'}</span>
        </span>
      </button>
      <button
        type="button"
        class="quiet facet-exclude"
        aria-pressed={state === 'excluded'}
        aria-label={`All but ${shown}`}
        title={`All but ${shown}`}
        onClick={() => onToggle(facetKey, value, true)}
      >
        −
      </button>
    </li>
  );
}
