/** Builds the model of a trace that a test draws as text. */
import { analyseTrace } from '../../src/analysis/analyse-trace.ts';
import { toOutline } from '../../src/analysis/to-outline.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { buildTraceModel, type TraceModel } from '../src/trace/trace-model.ts';

export function modelOf(drawing: string): TraceModel {
  const outline = toOutline(sketchTrace(drawing));
  return buildTraceModel(outline, analyseTrace(outline));
}

/** The rows as lines, indented by depth: the name of a span, `×5` for equal siblings, `?` for a missing parent. */
export function printRows(
  model: TraceModel,
  rows: ArrayLike<number> = model.tree.nodes.map((_, row) => row),
): string[] {
  return Array.from(rows, (row) => ' '.repeat(model.tree.depths[row] as number) + titleOf(model, row));
}

function titleOf({ tree, names, nameOf }: TraceModel, row: number): string {
  const node = tree.nodes[row] as number;
  if (node >= 0) return names[nameOf[node] as number] ?? '';
  const group = tree.groups[-1 - node];
  return group?.kind === 'repeat' ? `×${group.spans.length}` : '?';
}

/** Returns the span with this name. */
export function spanNamed({ names, nameOf }: TraceModel, name: string): number {
  return nameOf.indexOf(names.indexOf(name));
}
