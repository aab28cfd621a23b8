/**
 * Which service calls which, over time, in cells of ten seconds: an edge for each span whose parent is another service's, and
 * for each call to what sent no spans. It takes a whole trace to tell, so a trace is counted whole, and can be taken out again.
 */
import type { ServiceMap } from '../api/types.ts';
import type { Span, Value } from '../model/span.ts';
import { msBetween, nanoToUnixMs } from '../model/time.ts';
import { hasFailed } from './answers/summarise-trace.ts';
import { addHistogram, countDuration, type DurationHistogram, durationsAt } from './duration-histogram.ts';
import { cellMs } from './operation-history.ts';

interface Tally {
  count: number;
  errorCount: number;
  histogram: DurationHistogram;
}

/** By `service`, `external` and `edge`, and their names; as JSON. */
type Cell = Map<string, Tally>;

export interface SavedTraffic {
  readonly at: number;
  readonly tallies: readonly (readonly [
    key: string,
    count: number,
    errorCount: number,
    histogram: readonly (readonly [bucket: number, count: number])[],
  ])[];
}

export interface Traffic {
  /**
   * @param spans All of one trace, in order of start.
   * @param sign `-1` takes out a trace that was counted before it grew.
   */
  count(spans: readonly Span[], sign?: 1 | -1): void;
  /** @param others Traces that are not counted here yet. */
  map(startMs: number, endMs: number, others: Traffic | undefined): ServiceMap;
  /** By the number of the cell since 1970. */
  cells(): ReadonlyMap<number, Cell>;
  /** What has changed since the last time. */
  takeChanged(): readonly SavedTraffic[];
  /** Says that a cell was not saved after all. */
  markChanged(at: number): void;
  load(saved: SavedTraffic): void;
  forgetBefore(ms: number): void;
  clear(): void;
}

export function createTraffic(): Traffic {
  const cells = new Map<number, Cell>();
  let changed = new Set<number>();

  function note(at: number, key: readonly string[], span: Span | undefined, sign: 1 | -1): void {
    let cell = cells.get(at);
    if (cell === undefined) {
      cell = new Map();
      cells.set(at, cell);
    }
    changed.add(at);
    const text = JSON.stringify(key);
    let tally = cell.get(text);
    if (tally === undefined) {
      tally = { count: 0, errorCount: 0, histogram: new Map() };
      cell.set(text, tally);
    }
    if (span === undefined) return;
    tally.count += sign;
    if (hasFailed(span)) tally.errorCount += sign;
    const one: DurationHistogram = new Map();
    countDuration(one, msBetween(span.startTimeUnixNano, span.endTimeUnixNano));
    for (const [bucket] of one) tally.histogram.set(bucket, (tally.histogram.get(bucket) ?? 0) + sign);
  }

  function count(spans: readonly Span[], sign: 1 | -1 = 1): void {
    const [first] = spans;
    if (first === undefined) return;
    const at = Math.floor(nanoToUnixMs(first.startTimeUnixNano) / cellMs);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const clients = new Map(spans.filter(({ kind }) => kind === 'client').map((span) => [span.spanId, span]));
    const answered = new Set<string>();
    for (const span of spans) {
      const parent = parentOf(span, byId, clients);
      const { serviceName } = span.resource;
      const isEntry = parent === undefined || parent.resource.serviceName !== serviceName;
      if (parent !== undefined && parent.resource !== span.resource) answered.add(parent.spanId);
      note(at, ['service', serviceName], isEntry ? span : undefined, sign);
      if (isEntry && parent !== undefined) note(at, ['edge', parent.resource.serviceName, serviceName], span, sign);
    }
    for (const span of spans) {
      if ((span.kind !== 'client' && span.kind !== 'producer') || answered.has(span.spanId)) continue;
      const peer = peerOf(span);
      if (peer === undefined) continue;
      note(at, ['external', peer], span, sign);
      note(at, ['edge', span.resource.serviceName, peer], span, sign);
    }
  }

  return {
    count,

    map(startMs, endMs, others) {
      const sums: Cell = new Map();
      for (const source of [cells, others?.cells()]) {
        for (const [at, cell] of source ?? []) {
          if (at < Math.floor(startMs / cellMs) || at > Math.floor(endMs / cellMs)) continue;
          for (const [key, tally] of cell) addTo(sums, key, tally);
        }
      }
      return { startMs, endMs, ...draw(sums) };
    },

    cells: () => cells,

    takeChanged() {
      const taken = [...changed].map((at) => ({
        at,
        tallies: [...(cells.get(at) ?? [])].map(
          ([key, tally]) => [key, tally.count, tally.errorCount, [...tally.histogram]] as const,
        ),
      }));
      changed = new Set();
      return taken;
    },

    markChanged(at) {
      changed.add(at);
    },

    load({ at, tallies }) {
      const cell = cells.get(at) ?? new Map();
      cells.set(at, cell);
      for (const [key, count, errorCount, histogram] of tallies) {
        addTo(cell, key, { count, errorCount, histogram: new Map(histogram) });
      }
    },

    forgetBefore(ms) {
      for (const at of cells.keys()) if (at < Math.floor(ms / cellMs)) cells.delete(at);
    },

    clear() {
      cells.clear();
      changed.clear();
    },
  };
}

function addTo(sums: Cell, key: string, { count, errorCount, histogram }: Tally): void {
  const sum = sums.get(key) ?? { count: 0, errorCount: 0, histogram: new Map() };
  sums.set(key, sum);
  sum.count += count;
  sum.errorCount += errorCount;
  addHistogram(sum.histogram, histogram);
}

function draw(sums: Cell): Pick<ServiceMap, 'services' | 'edges'> {
  const rows = [...sums].map(([key, { count, errorCount, histogram }]) => {
    const [kind, from, to] = JSON.parse(key) as [string, string, string | undefined]; // note() wrote it
    const [p95Ms = 0] = durationsAt(histogram, [95]);
    return { kind, from, to, counts: { count, errorCount, p95Ms } };
  });
  const traced = rows.filter(({ kind }) => kind === 'service');
  const names = new Set(traced.map(({ from }) => from));
  const external = rows.filter(({ kind, from, counts }) => kind === 'external' && counts.count > 0 && !names.has(from));
  return {
    services: [
      ...traced.map(({ from, counts }) => ({ name: from, ...counts, isExternal: false })),
      ...external.map(({ from, counts }) => ({ name: from, ...counts, isExternal: true })),
    ],
    edges: rows
      .filter(({ kind, counts }) => kind === 'edge' && counts.count > 0)
      .map(({ from, to = '', counts }) => ({ from, to, ...counts })),
  };
}

/** Zipkin's two sides of a call share an id: the parent of the server's is then the client's. */
function parentOf(span: Span, byId: ReadonlyMap<string, Span>, clients: ReadonlyMap<string, Span>): Span | undefined {
  const client = span.kind === 'server' ? clients.get(span.spanId) : undefined;
  if (client !== undefined) return client;
  const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
  return parent === span ? undefined : parent;
}

/** What a call went to, where nobody there sent spans. */
function peerOf({ attributes }: Span): string | undefined {
  const keys = ['peer.service', 'db.system.name', 'db.system', 'messaging.system', 'server.address', 'net.peer.name'];
  for (const key of keys) {
    const value: Value | undefined = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
