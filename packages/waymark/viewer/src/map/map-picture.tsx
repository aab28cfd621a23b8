/** Draws the map: boxes for services, lines for calls. Each is a link to its traces. */
import { formatTerm } from '../../../src/query/edit-query.ts';
import { serviceColour } from '../colours/service-colour.ts';
import { formatRate, formatShare } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { link } from '../router/location.ts';
import { rangeParams } from '../time-range/use-ranged.ts';
import { edgePath } from './edge-path.ts';
import { edgeId, type MapEdge, type MapGraph, type MapNode } from './map-graph.ts';
import type { MapLayout, Point } from './map-layout.ts';
import { maxNameLength, nodeSize } from './node-size.ts';

export interface MapPictureProps {
  readonly graph: MapGraph;
  readonly layout: MapLayout;
  readonly scale: number;
  /** The time range that the rates are computed over. */
  readonly spanMs: number;
}

/**
 * From this share of errors on, a line is red. Below it, only the number shows errors: a map all in red has no
 * signal.
 */
const failingShare = 0.05;

/** Space for the figures of a line, and for a piece of the line on both sides. */
export const edgeSize = { width: 116, height: 36 };

export function MapPicture({ graph, layout, scale, spanMs }: MapPictureProps) {
  const most = graph.edges.reduce((max, { count }) => Math.max(max, count), 1);
  return (
    <svg
      class="map"
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      width={layout.width * scale}
      height={layout.height * scale}
      role="group"
      aria-label="Services and their calls"
    >
      <defs>
        {/* Two markers: not every browser supports `context-stroke`, an arrow in the colour of its line. */}
        {['arrow', 'arrow-failing'].map((id) => (
          <marker
            key={id}
            id={id}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            markerUnits="userSpaceOnUse"
            orient="auto"
          >
            <path class={id} d="M0 0.5 8 4 0 7.5z" />
          </marker>
        ))}
      </defs>
      {graph.edges.map((edge) => {
        const place = layout.edges.get(edgeId(edge));
        const path = edgePath(edge, layout);
        return (
          place && <Edge key={edgeId(edge)} edge={edge} path={path} label={place.label} most={most} spanMs={spanMs} />
        );
      })}
      {graph.nodes.map((node) => {
        const centre = layout.nodes.get(node.name);
        return centre && <Node key={node.name} node={node} centre={centre} spanMs={spanMs} />;
      })}
    </svg>
  );
}

function Node({ node, centre, spanMs }: { readonly node: MapNode; readonly centre: Point; readonly spanMs: number }) {
  const { name, count, errorCount, p95Ms, isExternal } = node;
  const { width, height } = nodeSize(name);
  const rate = formatRate(count, spanMs);
  const box = (
    <>
      <rect class="map-box" width={width} height={height} rx="4" />
      <rect
        class="map-colour"
        width="4"
        height={height}
        rx="2"
        style={{ fill: isExternal ? 'var(--line-strong)' : serviceColour(name) }}
      />
      <text class="map-name" x="16" y="20">
        {name.length > maxNameLength ? `${name.slice(0, maxNameLength - 1)}…` : name}
      </text>
      <text class="map-figures" x="16" y="37">
        {rate} · {formatDurationMs(p95Ms)}
        {errorCount > 0 && <tspan class="map-error"> · {formatShare(errorCount, count)}</tspan>}
      </text>
    </>
  );
  // A service that only occurs in client spans sends no spans, so there is nothing to search for.
  return (
    <g transform={`translate(${centre.x - width / 2} ${centre.y - height / 2})`}>
      {isExternal ? (
        <g class="map-node external">{box}</g>
      ) : (
        <a class="map-node" href={link('/traces', { q: formatTerm('service', name), ...rangeParams() })}>
          {box}
        </a>
      )}
    </g>
  );
}

interface EdgeProps {
  readonly edge: MapEdge;
  readonly path: string;
  readonly label: Point;
  readonly most: number;
  readonly spanMs: number;
}

function Edge({ edge: { from, to, count, errorCount, p95Ms }, path, label, most, spanMs }: EdgeProps) {
  const rate = formatRate(count, spanMs);
  const width = 1 + 2 * (Math.log10(count + 1) / Math.log10(most + 1));
  // In braces, each term may match another span.
  const q = `{${formatTerm('service', from)}} {${formatTerm('service', to)}}`;
  const isFailing = errorCount > 0 && errorCount >= failingShare * count;
  const share = formatShare(errorCount, count);
  const figures = errorCount > 0 ? `${rate} ${share}` : rate;
  const backPx = 12 + 6.4 * Math.max(figures.length, formatDurationMs(p95Ms).length);
  return (
    <a class={`map-edge ${isFailing ? 'failing' : ''}`} href={link('/traces', { q, ...rangeParams() })}>
      {/* For screen readers, which do not see the line. */}
      <text class="map-spoken" x={label.x} y={label.y}>{`${from} calls ${to}: `}</text>
      <path class="map-reach" d={path} />
      <path
        class="map-line"
        d={path}
        stroke-width={width}
        marker-end={isFailing ? 'url(#arrow-failing)' : 'url(#arrow)'}
      />
      <rect class="map-label-back" x={label.x - backPx / 2} y={label.y - 16} width={backPx} height="32" rx="4" />
      <text class="map-figures map-label" x={label.x} y={label.y - 3} text-anchor="middle">
        {rate}
        {errorCount > 0 && <tspan class="map-error"> {share}</tspan>}
      </text>
      <text class="map-figures map-label" x={label.x} y={label.y + 12} text-anchor="middle">
        {formatDurationMs(p95Ms)}
      </text>
    </a>
  );
}
