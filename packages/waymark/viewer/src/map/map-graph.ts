/** Which services and calls the map shows, and when it needs another layout. */
import type { ServiceMap } from '../../../src/api/types.ts';

export type MapNode = ServiceMap['services'][number];
export type MapEdge = ServiceMap['edges'][number];

export interface MapGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** Services left out, being those with the least traffic. */
  readonly hiddenCount: number;
}

/** Layout takes a second for 150 services, and nobody reads a map of more than this. */
export const maxServices = 60;

export function chooseGraph(map: ServiceMap): MapGraph {
  const nodes = [...map.services]
    .sort((a, b) => b.count - a.count || a.name.localeCompare(b.name))
    .slice(0, maxServices);
  const names = new Set(nodes.map(({ name }) => name));
  return {
    nodes,
    edges: map.edges.filter(({ from, to }) => names.has(from) && names.has(to)),
    hiddenCount: map.services.length - nodes.length,
  };
}

/** What a layout depends on: who is there and who calls whom, not how often. */
export interface Shape {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

export function shapeOf({ nodes, edges }: MapGraph): Shape {
  return { nodes: new Set(nodes.map(({ name }) => name)), edges: new Set(edges.map(edgeId)) };
}

/** Whether a layout made for one graph has a place for all of another: then nothing needs to move. */
export function covers(laidOut: Shape, wanted: Shape): boolean {
  return (
    [...wanted.nodes].every((name) => laidOut.nodes.has(name)) && [...wanted.edges].every((id) => laidOut.edges.has(id))
  );
}

export function edgeId({ from, to }: { readonly from: string; readonly to: string }): string {
  return JSON.stringify([from, to]);
}
