// Measures whole services: each variant in a process of its own, in rounds that take turns, so that a neighbour's noise
// meets them all. What a variant adds is taken within each round, against the bare service of the same round.
//
// What is measured is a service at work, some time after it was started: one that has called others by node:http, as it does whose
// exporter has sent something, and has seen full garbage collections. A full collection makes V8 throw away compiled code, and
// thousands of requests go by until it is made again; so all variants go through it before they are measured, and V8 is told not to
// collect those that rest. Whether that makes bare and traced services alike has not been shown: see what-is-left.md. What the
// compiler makes of the same code seems to differ from process to process, so there are several of each variant.
import { type Measured, measured, median, quantile } from '../statistics.ts';
import { shapesOf } from './count-otlp.ts';
import { sendAll, sendAtRate } from './load.ts';
import { type Framework, type Readings, type Service, startService, startUpstream } from './service-process.ts';
import type { Route, Variant } from './variants.ts';

export interface ServiceSettings {
  readonly node: string;
  /** Of each process. */
  readonly rounds: number;
  /** How often all of it is done, with new processes. */
  readonly processes: number;
  readonly requests: number;
  /** Before the first round, after half as many of a young service, and before each. They do not count. */
  readonly warmUpRequests: number;
  readonly roundWarmUpRequests: number;
  readonly connections: number;
  /** Requests per second of the latency measurement, and how long it takes; 0 to leave it out. */
  readonly rate: number;
  readonly rateSeconds: number;
  readonly middlewares?: number;
  readonly checkout?: string | undefined;
}

export interface ServiceResult {
  readonly variant: Variant;
  readonly cpuUs: Measured;
  /** CPU per request over the bare service. */
  readonly addedUs: Measured;
  /** The same by what the bare service took in the same round: a machine that is slower for a while is so for both. */
  readonly addedByBare: number;
  readonly perSecond: Measured;
  /** At a fixed rate; absent if it was not measured. */
  readonly p99Ms: number | undefined;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly spansPerRequest: number;
  readonly bytesPerSpan: number;
}

/** Of all processes of a variant. */
interface Measurement {
  readonly variant: Variant;
  readonly cpuUs: number[];
  readonly perSecond: number[];
  readonly latencies: number[];
  /** How each process was at its end. */
  readonly ends: Pick<ServiceResult, 'heapBytes' | 'rssBytes' | 'spansPerRequest' | 'bytesPerSpan'>[];
}

interface Running extends Measurement {
  readonly service: Service;
  requests: number;
}

/** @param chosen The first is what the others are compared with. */
export async function measureServices(
  framework: Framework,
  route: Route,
  chosen: readonly Variant[],
  settings: ServiceSettings,
): Promise<ServiceResult[]> {
  const upstream = await startUpstream(settings.node);
  const measurements = chosen.map(
    (variant): Measurement => ({ variant, cpuUs: [], perSecond: [], latencies: [], ends: [] }),
  );
  try {
    for (let index = 0; index < settings.processes; index++) {
      await measureProcesses(framework, route, measurements, settings, upstream.port);
    }
  } finally {
    upstream.stop();
  }
  const [bare] = measurements;
  return measurements.map((measurement) => resultOf(measurement, bare as Measurement)); // there is one, or no loop
}

async function measureProcesses(
  framework: Framework,
  route: Route,
  measurements: readonly Measurement[],
  settings: ServiceSettings,
  upstreamPort: number,
): Promise<void> {
  const running: Running[] = [];
  try {
    for (const measurement of measurements) {
      const { id } = measurement.variant;
      const service = await startService({
        ...settings,
        framework,
        variant: id.replace('@', ''),
        upstreamPort,
        checkout: id.endsWith('@') ? settings.checkout : undefined,
      });
      running.push({ ...measurement, service, requests: 0 });
    }
    for (const one of running) {
      const warmUpRequests = settings.warmUpRequests * (one.variant.share ?? 1);
      await send(one, route, warmUpRequests / 2, settings.connections);
      await one.service.ask('age');
      await send(one, route, warmUpRequests, settings.connections);
    }
    checkAttributes(running);
    for (let round = 0; round < settings.rounds; round++) {
      for (const one of running) await measureRound(one, route, settings);
    }
    if (settings.rate > 0) for (const one of running) await measureLatency(one, route, settings);
    for (const { service, ends, requests } of running) {
      const { heapBytes, rssBytes } = await service.ask('gc');
      const { spanCount, byteCount } = service.sink;
      ends.push({ heapBytes, rssBytes, spansPerRequest: spanCount / requests, bytesPerSpan: byteCount / spanCount });
    }
  } finally {
    for (const { service } of running) service.stop();
  }
}

async function measureRound(one: Running, route: Route, settings: ServiceSettings): Promise<void> {
  const share = one.variant.share ?? 1;
  const count = Math.round(settings.requests * share);
  await send(one, route, settings.roundWarmUpRequests * share, settings.connections);
  const before = await one.service.ask('read');
  const { milliseconds, after } = await send(one, route, count, settings.connections);
  one.cpuUs.push((after.cpuUs - before.cpuUs) / count);
  one.perSecond.push(count / (milliseconds / 1000));
}

/** Sends requests, and waits until their spans are where they belong: exporting them is part of the cost. */
async function send(
  one: Running,
  route: Route,
  requests: number,
  connections: number,
): Promise<{ milliseconds: number; after: Readings }> {
  const count = Math.round(requests);
  const milliseconds = await sendAll({ port: one.service.port, path: route.path }, count, connections);
  const after = await deliver(one, route, count);
  return { milliseconds, after };
}

async function deliver(one: Running, route: Route, count: number): Promise<Readings> {
  const { variant, service } = one;
  one.requests += count;
  const readings = await service.ask('flush');
  if (variant.sampled === 0) return readings;
  // Of a sample there are as many as chance would have it; half of them is out of its reach.
  const expected = one.requests * route.spans * (variant.sampled === 1 ? 1 : variant.sampled * 0.5);
  try {
    await service.sink.waitFor(Math.floor(expected), 60_000);
  } catch (error) {
    throw new Error(`${variant.id}: ${(error as Error).message}`);
  }
  if (variant.sampled < 1 && service.sink.spanCount > one.requests * route.spans * variant.sampled * 4 + 100) {
    throw new Error(
      `${variant.id}: ${service.sink.spanCount} spans of ${one.requests} requests are more than its sample.`,
    );
  }
  return service.ask('read');
}

async function measureLatency(one: Running, route: Route, settings: ServiceSettings): Promise<void> {
  const latencies = await sendAtRate(
    { port: one.service.port, path: route.path },
    settings.rate * (one.variant.share ?? 1),
    settings.rateSeconds,
  );
  one.latencies.push(...latencies);
  await deliver(one, route, latencies.length);
}

function resultOf({ variant, cpuUs, perSecond, latencies, ends }: Measurement, bare: Measurement): ServiceResult {
  const bareUs = (round: number): number => bare.cpuUs[round] ?? Number.NaN;
  const typical = (read: (end: Measurement['ends'][number]) => number): number => median(ends.map(read));
  return {
    variant,
    cpuUs: measured(cpuUs),
    addedUs: measured(cpuUs.map((us, round) => us - bareUs(round))),
    addedByBare: median(cpuUs.map((us, round) => us / bareUs(round) - 1)),
    perSecond: measured(perSecond),
    p99Ms: latencies.length === 0 ? undefined : quantile(latencies, 0.99),
    heapBytes: typical((end) => end.heapBytes),
    rssBytes: typical((end) => end.rssBytes),
    spansPerRequest: typical((end) => end.spansPerRequest),
    bytesPerSpan: typical((end) => end.bytesPerSpan),
  };
}

/** The minimum is one only if its spans say all that ours say. */
function checkAttributes(running: readonly Running[]): void {
  const describe = (id: string): string | undefined => {
    const body = running.find(({ variant }) => variant.id === id)?.service.sink.firstBodies[0];
    if (body === undefined) return undefined;
    const keys = new Map(shapesOf(body).map((shape) => [shape.kind, shape.keys.join(' ')]));
    return JSON.stringify([...keys].sort(([one], [other]) => one - other));
  };
  const [ours, minimum] = [describe('waymark'), describe('minimum')];
  if (ours !== undefined && minimum !== undefined && ours !== minimum) {
    throw new Error(`The minimum's spans are not as ours.\nours:    ${ours}\nminimum: ${minimum}`);
  }
}

/** What one variant adds, by what another does. */
export function addedRatio(results: readonly ServiceResult[], id: string, otherId: string): number {
  const added = (wanted: string): number =>
    results.find(({ variant }) => variant.id === wanted)?.addedByBare ?? Number.NaN;
  return added(id) / added(otherId);
}
