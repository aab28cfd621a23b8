/** The map of services: their calls, how many, how slow, how many fail. A service or a call links to its traces. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fetchMap } from '../api/client.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { useKeys } from '../keys/key-bindings.ts';
import { linkHere, param, setParams } from '../router/location.ts';
import { Loading, LoadState, NothingYet } from '../shell/list-states.tsx';
import { isNarrow } from '../shell/narrow.ts';
import { useTitle } from '../shell/use-title.ts';
import { TimeRangePicker } from '../time-range/time-range-picker.tsx';
import { useRanged } from '../time-range/use-ranged.ts';
import { chooseGraph, covers, type MapGraph, maxServices, type Shape, shapeOf } from './map-graph.ts';
import { layOut, type MapLayout } from './map-layout.ts';
import { edgeSize, MapPicture } from './map-picture.tsx';
import { nodeSize } from './node-size.ts';

const zoomStep = 1.25;
const minZoom = 0.1;
const maxZoom = 3;
/** A smaller map cannot be read, so a larger map scrolls. */
const minFit = 0.7;

export function MapScreen() {
  useTitle('Map');
  const loaded = useRanged('map', fetchMap);
  const graph = loaded.value === undefined ? undefined : chooseGraph(loaded.value);
  const { layout, problem } = useLayout(graph, loaded.key);
  const scroller = useRef<HTMLDivElement>(null);
  const [fit, setFit] = useState(1);
  const zoom = readZoom(param('zoom'));
  const setZoom = (factor: number) => setParams({ zoom: Number(factor.toPrecision(3)) }, { replace: true });
  const scale = zoom ?? Math.max(minFit, fit);
  const busiest = graph?.nodes[0]?.name;

  useEffect(() => {
    const element = scroller.current;
    if (element === null || layout === undefined) return;
    const measure = () =>
      setFit(Math.min(1.25, element.clientWidth / layout.width, element.clientHeight / layout.height));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [layout]);

  // If the map does not fit, scroll to the service with the most traffic: requests usually enter there.
  useLayoutEffect(() => {
    const centre = layout?.nodes.get(busiest ?? '');
    const element = scroller.current;
    if (centre === undefined || element === null) return;
    element.scrollTo(centre.x * scale - element.clientWidth / 4, centre.y * scale - element.clientHeight / 2);
  }, [layout, fit]);

  const changeZoom = (factor: number) => setZoom(Math.min(maxZoom, Math.max(minZoom, scale * factor)));
  useKeys('Map', [
    { keys: ['+', '='], does: 'zoom in', run: () => changeZoom(zoomStep) },
    { keys: '-', does: 'zoom out', run: () => changeZoom(1 / zoomStep) },
    { keys: '0', does: 'fit to the screen', run: () => setZoom(fit) },
  ]);

  const isEmpty = graph !== undefined && graph.nodes.length === 0;
  const spanMs = loaded.value === undefined ? 0 : loaded.value.endMs - loaded.value.startMs;
  return (
    <div class="screen">
      <div class="screen-bar">
        <h1>Map</h1>
        {graph !== undefined && !isEmpty && <span class="dim">{describe(graph)}</span>}
        <span class="segments" role="group" aria-label="Size">
          <button type="button" aria-label="Smaller" onClick={() => changeZoom(1 / zoomStep)}>
            −
          </button>
          <button type="button" onClick={() => setZoom(fit)}>
            Fit
          </button>
          <button type="button" aria-label="Larger" onClick={() => changeZoom(zoomStep)}>
            +
          </button>
        </span>
        <TimeRangePicker />
      </div>
      <LoadState resource={loaded} />
      {graph !== undefined && !isEmpty && layout === undefined && problem === undefined && <Loading />}
      {loaded.value !== undefined && loaded.value.others.length > 0 && (
        <p class="list-end dim">Some services or calls are not shown: there are too many names. Do they contain ids?</p>
      )}
      {problem !== undefined && (
        <p class="list-problem error-text" role="alert">
          {problem}
        </p>
      )}
      {isEmpty ? (
        <NothingYet
          title="No calls in this time range"
          choices={[
            { name: 'Search all stored traces', to: linkHere({ range: 'all', from: undefined, to: undefined }) },
          ]}
        />
      ) : (
        <div
          class="map-scroll"
          ref={scroller}
          tabIndex={0}
          role="region"
          aria-label="Map of services"
          onPointerDown={dragToScroll}
        >
          {graph !== undefined && layout !== undefined && (
            <MapPicture graph={graph} layout={layout} scale={scale} spanMs={spanMs} />
          )}
        </div>
      )}
    </div>
  );
}

function readZoom(text: string | undefined): number | undefined {
  const zoom = Number(text);
  return zoom > 0 && zoom <= maxZoom ? zoom : undefined; // below minZoom if a large map is fitted to the screen
}

/** Drags the map with the mouse. On touch screens the browser does it. A click on a link still works. */
function dragToScroll(event: PointerEvent): void {
  const element = event.currentTarget;
  const isOnLink = event.target instanceof Element && event.target.closest('a') !== null;
  if (event.pointerType !== 'mouse' || event.button !== 0 || isOnLink || !(element instanceof HTMLElement)) return;
  element.setPointerCapture(event.pointerId);
  const drag = new AbortController();
  const { signal } = drag;
  element.addEventListener('pointermove', ({ movementX, movementY }) => element.scrollBy(-movementX, -movementY), {
    signal,
  });
  for (const type of ['pointerup', 'pointercancel']) element.addEventListener(type, () => drag.abort(), { signal });
}

/** Returns a layout with a place for the whole graph. The object stays the same as long as the layout fits. */
function useLayout(graph: MapGraph | undefined, rangeKey: string) {
  const [state, setState] = useState<{ layout?: MapLayout; problem?: string }>({});
  const made = useRef<{ shape: Shape; key: string }>();
  const direction = isNarrow() ? 'TB' : 'LR';
  const key = `${rangeKey} ${direction}`;
  useEffect(() => {
    if (graph === undefined || graph.nodes.length === 0) return;
    const shape = shapeOf(graph);
    if (made.current !== undefined && made.current.key === key && covers(made.current.shape, shape)) return;
    const abort = new AbortController();
    layOut(
      {
        direction,
        nodes: graph.nodes.map(({ name }) => ({ name, ...nodeSize(name) })),
        edges: graph.edges.map(({ from, to }) => ({ from, to, ...edgeSize })),
      },
      abort.signal,
    ).then(
      (layout) => {
        made.current = { shape, key };
        setState({ layout });
      },
      (error: Error) => setState((before) => ({ ...before, problem: error.message })),
    );
    return () => abort.abort();
  }, [graph, key, direction]);
  return state;
}

function describe({ nodes, hiddenCount }: MapGraph): string {
  if (hiddenCount > 0)
    return `The ${maxServices} services with the most traffic, of ${formatCount(nodes.length + hiddenCount)}`;
  const outside = nodes.filter(({ isExternal }) => isExternal).length;
  const services = formatPlural(nodes.length - outside, 'service');
  return outside === 0 ? services : `${services}, and ${formatCount(outside)} external`;
}
