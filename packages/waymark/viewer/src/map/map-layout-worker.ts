/** The worker that lays out the map. On the page's thread, forty services would block it for a tenth of a second. */
import { Graph, layout } from '@dagrejs/dagre';
import { edgeId } from './map-graph.ts';
import type { LayoutRequest, MapLayout } from './map-layout.ts';

addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => postMessage(place(data)));

function place({ direction, nodes, edges }: LayoutRequest): MapLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: direction, nodesep: 24, ranksep: direction === 'LR' ? 40 : 32, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, width, height } of nodes) graph.setNode(name, { width, height });
  for (const { from, to, width, height } of edges) graph.setEdge(from, to, { width, height, labelpos: 'c' });
  layout(graph);
  const size = graph.graph();
  return {
    direction,
    width: size.width ?? 0,
    height: size.height ?? 0,
    nodes: new Map(
      graph.nodes().map((name: string) => {
        const { x, y } = graph.node(name);
        return [name, { x: x ?? 0, y: y ?? 0 }];
      }),
    ),
    edges: new Map(
      graph.edges().map(({ v, w }) => {
        const { points, x, y } = graph.edge(v, w);
        return [edgeId({ from: v, to: w }), { points: points ?? [], label: { x: x ?? 0, y: y ?? 0 } }];
      }),
    ),
  };
}
