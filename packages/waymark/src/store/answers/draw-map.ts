/** Services and who calls whom: an edge for each span whose parent is another service's, and for each call to what is not traced. */
import { durationAt } from '../../analysis/percentiles.ts';
import type { ServiceMap } from '../../api/types.ts';
import type { Span, Value } from '../../model/span.ts';
import { msBetween } from '../../model/time.ts';
import { hasFailed } from './summarise-trace.ts';

/** @param traces The spans of each trace. */
export function drawMap(traces: Iterable<readonly Span[]>, startMs: number, endMs: number): ServiceMap {
  const services = createTally();
  const externals = createTally();
  const edges = createTally();
  for (const spans of traces) {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const called = new Set<string>();
    for (const span of spans) {
      const parent = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
      if (parent !== undefined && parent.resource !== span.resource) called.add(parent.spanId);
      const { serviceName } = span.resource;
      const isEntry = parent === undefined || parent.resource.serviceName !== serviceName;
      if (isEntry) services.add(serviceName, span);
      else services.mention(serviceName);
      if (isEntry && parent !== undefined) edges.add(edgeOf(parent.resource.serviceName, serviceName), span);
    }
    for (const span of spans) {
      if ((span.kind !== 'client' && span.kind !== 'producer') || called.has(span.spanId)) continue;
      const peer = peerOf(span);
      if (peer === undefined) continue;
      externals.add(peer, span);
      edges.add(edgeOf(span.resource.serviceName, peer), span);
    }
  }
  const known = services.all();
  const names = new Set(known.map(({ name }) => name));
  return {
    startMs,
    endMs,
    services: [
      ...known.map((service) => ({ ...service, isExternal: false })),
      ...externals
        .all()
        .filter(({ name }) => !names.has(name))
        .map((service) => ({ ...service, isExternal: true })),
    ],
    edges: edges.all().map(({ name, ...counts }) => {
      const [from, to] = JSON.parse(name) as [string, string]; // edgeOf() made it
      return { from, to, ...counts };
    }),
  };
}

function edgeOf(from: string, to: string): string {
  return JSON.stringify([from, to]);
}

/** What a call went to, where nobody there sent spans. */
function peerOf({ attributes }: Span): string | undefined {
  for (const key of [
    'peer.service',
    'db.system.name',
    'db.system',
    'messaging.system',
    'server.address',
    'net.peer.name',
  ]) {
    const value: Value | undefined = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

function createTally() {
  const tallies = new Map<string, { errorCount: number; durations: number[] }>();
  function mention(name: string) {
    let tally = tallies.get(name);
    if (tally === undefined) {
      tally = { errorCount: 0, durations: [] };
      tallies.set(name, tally);
    }
    return tally;
  }
  return {
    mention,
    add(name: string, span: Span): void {
      const tally = mention(name);
      tally.durations.push(msBetween(span.startTimeUnixNano, span.endTimeUnixNano));
      if (hasFailed(span)) tally.errorCount++;
    },
    all: () =>
      [...tallies].map(([name, { errorCount, durations }]) => ({
        name,
        count: durations.length,
        errorCount,
        p95Ms: durationAt(95, Float64Array.from(durations).sort()) ?? 0,
      })),
  };
}
