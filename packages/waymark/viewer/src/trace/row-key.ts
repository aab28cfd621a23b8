/** Keys of rows for the address. They stay valid after a reload and when more spans arrive. */
import { findSpan, spanIdOf, type TraceModel } from './trace-model.ts';

/** The span id. `r-` and the first span id for equal siblings. `m-` and the missing id for a missing parent. */
export function rowKeyOf(model: TraceModel, row: number): string {
  const node = model.tree.nodes[row] as number;
  if (node >= 0) return spanKeyOf(model, node);
  const group = model.tree.groups[-1 - node];
  if (group?.kind === 'missing-parent') return `m-${group.parentSpanId}`;
  return `r-${spanIdOf(model, group?.spans[0] ?? 0)}`;
}

/** Span ids may be duplicate: later ones get a number, such as `.2`. */
function spanKeyOf(model: TraceModel, span: number): string {
  const spanId = spanIdOf(model, span);
  let number = 1;
  for (const finding of model.findings) {
    if (finding.kind === 'duplicate-id' && finding.spanId === spanId) number = finding.spans.indexOf(span) + 1;
  }
  return number > 1 ? `${spanId}.${number}` : spanId;
}

/** Returns the row of a key, or -1. */
export function findRow(model: TraceModel, key: string): number {
  if (key.startsWith('m-'))
    return findGroup(model, ({ kind, parentSpanId }) => kind === 'missing-parent' && parentSpanId === key.slice(2));
  const [spanId = '', number] = (key.startsWith('r-') ? key.slice(2) : key).split('.');
  let span = findSpan(model, spanId);
  if (span < 0) return -1;
  if (key.startsWith('r-')) return findGroup(model, ({ kind, spans }) => kind === 'repeat' && spans[0] === span);
  for (const finding of model.findings) {
    if (finding.kind === 'duplicate-id' && finding.spanId === spanId)
      span = finding.spans[Number(number ?? 1) - 1] ?? span;
  }
  return model.tree.rowOfSpan[span] ?? -1;
}

interface AnyGroup {
  readonly kind: string;
  readonly parentSpanId?: string;
  readonly spans: readonly number[];
}

function findGroup({ tree }: TraceModel, isWanted: (group: AnyGroup) => boolean): number {
  const group = tree.groups.findIndex(isWanted);
  return group < 0 ? -1 : tree.nodes.indexOf(-1 - group);
}
