/** The aligned tree. Each row is a span of both traces, or of one of them. */

import type { Ref } from 'preact';
import { useMemo } from 'preact/hooks';
import { serviceColour } from '../colours/service-colour.ts';
import { formatDelta } from '../format/delta.ts';
import { VirtualList, type VirtualListHandle } from '../rows/virtual-list.tsx';
import { durationText } from '../trace/duration-text.ts';
import { RowService } from '../trace/row-service.tsx';
import { noteOf } from '../trace/trace-model.ts';
import type { ComparisonModel } from './comparison-model.ts';

export interface ComparedRowsProps {
  readonly model: ComparisonModel;
  readonly rows: Int32Array;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
  readonly handle: Ref<VirtualListHandle>;
}

const indentPx = 14;
const maxIndentedDepth = 14;

export function ComparedRows({ model, rows, selected, onSelect, handle }: ComparedRowsProps) {
  const maxDeltaMs = useMemo(
    () => model.deltaMs.reduce((most, deltaMs) => Math.max(most, Math.abs(deltaMs)), 0),
    [model],
  );
  return (
    <VirtualList
      handle={handle}
      class="compared"
      role="treegrid"
      label="Spans of both traces"
      count={rows.length}
      columnCount={4}
      activeId={rows.includes(selected) ? `compared-${selected}` : undefined}
      header={
        <div class="compared-row compared-head" role="row" aria-rowindex={1}>
          <span role="columnheader">Span</span>
          <span role="columnheader" class="number">
            A
          </span>
          <span role="columnheader" class="number">
            B
          </span>
          <span role="columnheader" class="number">
            Difference
          </span>
          <span role="presentation" />
        </div>
      }
      renderRow={(index) => {
        const row = rows[index] as number;
        return (
          <ComparedRow
            key={row}
            model={model}
            row={row}
            index={index}
            maxDeltaMs={maxDeltaMs}
            isSelected={row === selected}
            onSelect={onSelect}
          />
        );
      }}
    />
  );
}

interface ComparedRowProps {
  readonly model: ComparisonModel;
  readonly row: number;
  readonly index: number;
  readonly maxDeltaMs: number;
  readonly isSelected: boolean;
  readonly onSelect: (row: number) => void;
}

function ComparedRow({ model, row, index, maxDeltaMs, isSelected, onSelect }: ComparedRowProps) {
  const a = model.spansA[row] as number;
  const b = model.spansB[row] as number;
  const [side, span] = b >= 0 ? [model.b, b] : [model.a, a];
  const service = side.services[side.serviceOf[span] as number] ?? '';
  const note = noteOf(side, span);
  const change = a < 0 ? 'added' : b < 0 ? 'removed' : '';
  const depth = model.depths[row] as number;
  const deltaMs = model.deltaMs[row] as number;
  const parent = model.parents[row] as number;
  return (
    <div
      id={`compared-${row}`}
      class={['compared-row', change, isSelected ? 'selected' : ''].join(' ')}
      role="row"
      aria-level={depth + 1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      onClick={() => onSelect(row)}
    >
      <span class="row-name" role="gridcell">
        <i class="guides" style={{ width: `${Math.min(depth, maxIndentedDepth) * indentPx}px` }} />
        <i class="service-mark" style={{ background: serviceColour(service) }} />
        {serviceAt(model, parent) !== service && <RowService name={service} />}
        <span class="row-operation">{side.names[side.nameOf[span] as number]}</span>
        {change !== '' && <span class={`badge ${change}`}>{change}</span>}
        {note !== '' && <span class="row-note">{note}</span>}
      </span>
      <span class="number" role="gridcell">
        {a < 0 ? '' : durationText(model.a, a)}
      </span>
      <span class="number" role="gridcell">
        {b < 0 ? '' : durationText(model.b, b)}
      </span>
      <span class="number" role="gridcell">
        {formatDelta(deltaMs)}
      </span>
      <span class="compared-delta" role="presentation">
        <i
          class={deltaMs > 0 ? 'delta-bar slower' : 'delta-bar faster'}
          style={{ width: `${maxDeltaMs === 0 ? 0 : (Math.abs(deltaMs) / maxDeltaMs) * 50}%` }}
        />
      </span>
    </div>
  );
}

function serviceAt({ a, b, spansA, spansB }: ComparisonModel, row: number): string | undefined {
  if (row < 0) return undefined;
  const spanB = spansB[row] as number;
  const [side, span] = spanB >= 0 ? [b, spanB] : [a, spansA[row] as number];
  return side.services[side.serviceOf[span] as number];
}
