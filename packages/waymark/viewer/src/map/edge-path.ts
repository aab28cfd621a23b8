/** The line of a call: from one box, through the points of the layout, to the near side of the other box. */
import { edgeId } from './map-graph.ts';
import type { MapLayout, Point } from './map-layout.ts';
import { nodeSize } from './node-size.ts';

export function edgePath(edge: { readonly from: string; readonly to: string }, layout: MapLayout): string {
  const place = layout.edges.get(edgeId(edge));
  const from = layout.nodes.get(edge.from);
  const to = layout.nodes.get(edge.to);
  if (place === undefined || from === undefined || to === undefined) return '';
  // A call from a service to itself: the points of the layout are the whole loop.
  if (edge.from === edge.to) return `M${place.points.map(round).join('L')}`;
  const between = place.points.slice(1, -1);
  const isAcross = layout.direction === 'LR';
  const start = sideOf(from, edge.from, between[0] ?? to, isAcross);
  const end = sideOf(to, edge.to, between.at(-1) ?? from, isAcross);
  let previous = start;
  const parts = [`M${round(start)}`];
  for (const next of [...between, end]) {
    const middle = isAcross ? (previous.x + next.x) / 2 : (previous.y + next.y) / 2;
    const [a, b] = isAcross
      ? [
          { x: middle, y: previous.y },
          { x: middle, y: next.y },
        ]
      : [
          { x: previous.x, y: middle },
          { x: next.x, y: middle },
        ];
    parts.push(`C${round(a)} ${round(b)} ${round(next)}`);
    previous = next;
  }
  return parts.join('');
}

function sideOf(centre: Point, name: string, towards: Point, isAcross: boolean): Point {
  const { width, height } = nodeSize(name);
  return isAcross
    ? { x: centre.x + (towards.x < centre.x ? -width : width) / 2, y: centre.y }
    : { x: centre.x, y: centre.y + (towards.y < centre.y ? -height : height) / 2 };
}

function round({ x, y }: Point): string {
  return `${x.toFixed(1)} ${y.toFixed(1)}`;
}
