/** Chooses the services and calls of the map, and says whether a layout still fits them. */
import type { ServiceMap } from '../../../src/api/types.ts';

export type MapNode = ServiceMap['services'][number];
export type MapEdge = ServiceMap['edges'][number];

export interface MapGraph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
  /** The number of services that are left out: those with the least traffic. */
  readonly hiddenCount: number;
}

/** The layout takes a second for 150 services. A larger map cannot be read. */
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

/** What a layout depends on: the services and their calls, not the number of calls. */
export interface Shape {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

export function shapeOf({ nodes, edges }: MapGraph): Shape {
  return { nodes: new Set(nodes.map(({ name }) => name)), edges: new Set(edges.map(edgeId)) };
}

/** Whether the layout of one graph has a place for every node and edge of another. Then nothing has to move. */
export function covers(laidOut: Shape, scrollTarget: Shape): boolean {
  return (
    [...scrollTarget.nodes].every((name) => laidOut.nodes.has(name)) &&
    [...scrollTarget.edges].every((id) => laidOut.edges.has(id))
  );
}

export function edgeId({ from, to }: { readonly from: string; readonly to: string }): string {
  return JSON.stringify([from, to]);
}
