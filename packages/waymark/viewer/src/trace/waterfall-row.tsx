/** One row of the waterfall: a span, equal siblings, or a missing parent. */

import { Component } from 'preact';
import { serviceColour } from '../colours/service-colour.ts';
import { formatCount } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { GroupBar, SpanBar } from './bar.tsx';
import { briefError } from './brief-error.ts';
import { durationText } from './duration-text.ts';
import { RowService } from './row-service.tsx';
import type { RowGroup } from './row-tree.ts';
import { oddityOf } from './span-oddity.ts';
import { isFailed, noteOf } from './trace-model.ts';
import type { Matches, TraceView } from './trace-view.ts';

export interface WaterfallRowProps {
  readonly view: TraceView;
  readonly row: number;
  /** The position among the visible rows. */
  readonly index: number;
  readonly isSelected: boolean;
  readonly isFolded: boolean;
  readonly indentPx: number;
  readonly stepPx: number;
  /** A string that changes with the time window. */
  readonly windowKey: string;
  readonly grid: string;
  readonly matches: Matches | undefined;
}

export function rowElementId(row: number): string {
  return `row-${row}`;
}

/** A class with `shouldComponentUpdate`: while scrolling, one of forty rows is new, and only that one is rendered. */
export class WaterfallRow extends Component<WaterfallRowProps> {
  override shouldComponentUpdate(next: Readonly<WaterfallRowProps>): boolean {
    const keys = Object.keys(next) as (keyof WaterfallRowProps)[]; // both have the same keys
    return keys.some((key) => next[key] !== this.props[key]);
  }

  override render() {
    const { view, row, index, isSelected, isFolded, indentPx, stepPx, grid, matches } = this.props;
    const { tree } = view.model;
    const node = tree.nodes[row] as number;
    const hasChildren = (tree.ends[row] as number) > row + 1;
    const group = node < 0 ? tree.groups[-1 - node] : undefined;
    const isMatch =
      node >= 0 ? matches?.isMatch[node] === 1 : group?.spans.some((span) => matches?.isMatch[span] === 1);
    const bar = { view, row, isFolded };
    const classes = ['waterfall-row'];
    if (isSelected) classes.push('selected');
    if (matches !== undefined) classes.push(isMatch ? 'match' : 'no-match');
    if (group?.kind === 'missing-parent') classes.push('missing');
    return (
      <div
        id={rowElementId(row)}
        class={classes.join(' ')}
        role="row"
        aria-level={(tree.depths[row] as number) + 1}
        aria-rowindex={index + 2}
        aria-selected={isSelected}
        aria-expanded={hasChildren ? !isFolded : undefined}
        onClick={() => view.select(row)}
        onDblClick={() => view.toggleFold(row)}
      >
        <span class="row-name" role="gridcell">
          <i class="guides" style={{ width: `${indentPx}px`, backgroundSize: `${stepPx}px 100%` }} />
          {hasChildren ? (
            <button
              type="button"
              class="caret"
              tabIndex={-1}
              aria-label={isFolded ? 'Unfold' : 'Fold'}
              onClick={(event) => {
                event.stopPropagation();
                view.toggleFold(row);
              }}
            >
              {isFolded ? '▸' : '▾'}
            </button>
          ) : (
            <i class="caret" />
          )}
          {group === undefined ? (
            <SpanName view={view} span={node} row={row} isFolded={isFolded} />
          ) : (
            <GroupName view={view} group={group} />
          )}
        </span>
        <span class="row-duration" role="gridcell">
          {group === undefined ? durationText(view.model, node) : groupDuration(group)}
        </span>
        <span class="row-time" role="gridcell" style={{ background: grid }}>
          {group === undefined ? <SpanBar {...bar} span={node} /> : <GroupBar {...bar} group={group} />}
        </span>
      </div>
    );
  }
}

function SpanName({
  view,
  span,
  row,
  isFolded,
}: {
  readonly view: TraceView;
  readonly span: number;
  readonly row: number;
  readonly isFolded: boolean;
}) {
  const { model } = view;
  const service = model.services[model.serviceOf[span] as number] ?? '';
  const parent = parentSpanOf(view, row);
  const isOtherService = parent < 0 || model.serviceOf[parent] !== model.serviceOf[span];
  const note = noteOf(model, span);
  const hidden = (model.tree.ends[row] as number) - row - 1;
  return (
    <>
      <i class="service-mark" style={{ background: serviceColour(service) }} />
      {isOtherService && <RowService name={service} />}
      <span class="row-operation">{model.names[model.nameOf[span] as number]}</span>
      {oddityOf(model, span) !== undefined && <span class="badge warn">{oddityOf(model, span)}</span>}
      {isFailed(model, span) ? (
        <ErrorMark text={briefError(view.model.errors[span])} />
      ) : (
        isFolded && model.hasErrorBelow[row] === 1 && <ErrorMark text="error inside" />
      )}
      {isFolded && hidden > 0 && <span class="row-count">+{formatCount(hidden)}</span>}
      {note !== '' && <span class="row-note">{note}</span>}
    </>
  );
}

function GroupName({ view, group }: { readonly view: TraceView; readonly group: RowGroup }) {
  const { model } = view;
  if (group.kind === 'missing-parent') {
    return (
      <>
        <span class="row-operation">missing parent</span>
        <code class="row-note">{group.parentSpanId}</code>
      </>
    );
  }
  const first = group.spans[0] as number;
  const service = model.services[model.serviceOf[first] as number] ?? '';
  const parentService = group.repeat.parent < 0 ? -1 : model.serviceOf[group.repeat.parent];
  const failedCount = group.spans.reduce((count, span) => count + (isFailed(model, span) ? 1 : 0), 0);
  return (
    <>
      <i class="service-mark many" style={{ background: serviceColour(service) }} />
      {parentService !== model.serviceOf[first] && <RowService name={service} />}
      <span class="row-operation">{model.names[model.nameOf[first] as number]}</span>
      <span class="row-times">×{formatCount(group.spans.length)}</span>
      {group.repeat.isNPlusOne && <span class="badge warn">N+1</span>}
      {group.repeat.isParallel && <span class="badge">parallel</span>}
      {failedCount > 0 && <ErrorMark text={`${failedCount} failed`} />}
      <span class="row-note">{noteOf(model, first)}</span>
    </>
  );
}

function ErrorMark({ text }: { readonly text: string }) {
  return (
    <span class="row-error" title={text}>
      ✗ <span>{text}</span>
    </span>
  );
}

function groupDuration(group: RowGroup): string {
  return group.kind === 'repeat' ? formatDurationMs(group.repeat.totalMs) : '';
}

/** The nearest ancestor that is a span and not a group, or -1. */
function parentSpanOf({ model }: TraceView, row: number): number {
  let above = model.tree.parents[row] as number;
  while (above >= 0 && (model.tree.nodes[above] as number) < 0) above = model.tree.parents[above] as number;
  return above < 0 ? -1 : (model.tree.nodes[above] as number);
}
