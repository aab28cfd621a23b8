/** Who calls whom, how often, how slow, and what fails. A service or a call leads to its traces. */
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
const leastZoom = 0.1;
const mostZoom = 3;
/** Smaller than this nobody can read it: then it scrolls. */
const leastFit = 0.7;

export function MapScreen() {
  useTitle('Map');
  const loaded = useRanged('map', fetchMap);
  const graph = loaded.value === undefined ? undefined : chooseGraph(loaded.value);
  const { layout, problem } = useLayout(graph, loaded.key);
  const scroller = useRef<HTMLDivElement>(null);
  const [fit, setFit] = useState(1);
  const zoom = readZoom(param('zoom'));
  const setZoom = (factor: number) => setParams({ zoom: Number(factor.toPrecision(3)) }, { replace: true });
  const scale = zoom ?? Math.max(leastFit, fit);
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

  // Where not all is in sight, one begins at the service with most traffic: mostly where requests come in.
  useLayoutEffect(() => {
    const centre = layout?.nodes.get(busiest ?? '');
    const element = scroller.current;
    if (centre === undefined || element === null) return;
    element.scrollTo(centre.x * scale - element.clientWidth / 4, centre.y * scale - element.clientHeight / 2);
  }, [layout, fit]);

  const changeZoom = (factor: number) => setZoom(Math.min(mostZoom, Math.max(leastZoom, scale * factor)));
  useKeys('Map', [
    { keys: ['+', '='], does: 'larger', run: () => changeZoom(zoomStep) },
    { keys: '-', does: 'smaller', run: () => changeZoom(1 / zoomStep) },
    { keys: '0', does: 'all in sight', run: () => setZoom(fit) },
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
          title="No calls in this time"
          choices={[{ name: 'Show all that is kept', to: linkHere({ range: 'all', from: undefined, to: undefined }) }]}
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
  return zoom > 0 && zoom <= mostZoom ? zoom : undefined; // to see all of a large map it may be less than leastZoom
}

/** Pulls the map along with the mouse; fingers do so by themselves. A click on a link stays one. */
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

/** A layout that has a place for the graph. It stays the same object for as long as it does. */
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
  if (hiddenCount > 0) return `The ${maxServices} with most traffic, of ${formatCount(nodes.length + hiddenCount)}`;
  const outside = nodes.filter(({ isExternal }) => isExternal).length;
  const services = formatPlural(nodes.length - outside, 'service');
  return outside === 0 ? services : `${services}, and ${formatCount(outside)} that they call`;
}
