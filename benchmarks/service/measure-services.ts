// Measures whole services: each variant in a process of its own, in rounds that take turns, so that a neighbour's noise
// meets them all. What a variant adds is taken within each round, against the bare service of the same round.
import { type Measured, measured, quantile } from '../statistics.ts';
import { shapesOf } from './count-otlp.ts';
import { sendAll, sendAtRate } from './load.ts';
import { type Framework, type Readings, type Service, startService, startUpstream } from './service-process.ts';
import type { Route, Variant } from './variants.ts';

export interface ServiceSettings {
  readonly node: string;
  readonly rounds: number;
  readonly requests: number;
  readonly warmUpRequests: number;
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
  readonly perSecond: Measured;
  /** At a fixed rate; absent if it was not measured. */
  readonly p99Ms: number | undefined;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly spansPerRequest: number;
  readonly bytesPerSpan: number;
}

interface Running {
  readonly variant: Variant;
  readonly service: Service;
  readonly cpuUs: number[];
  readonly perSecond: number[];
  readonly latencies: number[];
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
  const running: Running[] = [];
  try {
    for (const variant of chosen) {
      const service = await startService({
        ...settings,
        framework,
        variant: variant.id.replace('@', ''),
        upstreamPort: upstream.port,
        checkout: variant.id.endsWith('@') ? settings.checkout : undefined,
      });
      running.push({ variant, service, cpuUs: [], perSecond: [], latencies: [], requests: 0 });
    }
    for (const one of running)
      await send(one, route, settings.warmUpRequests * (one.variant.share ?? 1), settings.connections);
    checkAttributes(running);
    for (let round = 0; round < settings.rounds; round++) {
      for (const one of running) await measureRound(one, route, settings);
    }
    if (settings.rate > 0) for (const one of running) await measureLatency(one, route, settings);
    const results: ServiceResult[] = [];
    const [bare] = running;
    for (const one of running) results.push(await resultOf(one, bare as Running)); // there is one, or no loop
    return results;
  } finally {
    for (const { service } of running) service.stop();
    upstream.stop();
  }
}

async function measureRound(one: Running, route: Route, settings: ServiceSettings): Promise<void> {
  const count = Math.round(settings.requests * (one.variant.share ?? 1));
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

async function resultOf(one: Running, bare: Running): Promise<ServiceResult> {
  const { variant, service } = one;
  const { heapBytes, rssBytes } = await service.ask('gc');
  const { spanCount, byteCount } = service.sink;
  return {
    variant,
    cpuUs: measured(one.cpuUs),
    addedUs: measured(one.cpuUs.map((cpuUs, round) => cpuUs - (bare.cpuUs[round] ?? Number.NaN))),
    perSecond: measured(one.perSecond),
    p99Ms: one.latencies.length === 0 ? undefined : quantile(one.latencies, 0.99),
    heapBytes,
    rssBytes,
    spansPerRequest: spanCount / one.requests,
    bytesPerSpan: byteCount / spanCount,
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

/** The median of what one variant adds, by another's. */
export function addedRatio(results: readonly ServiceResult[], id: string, otherId: string): number {
  const added = (wanted: string): number =>
    results.find(({ variant }) => variant.id === wanted)?.addedUs.median ?? Number.NaN;
  return added(id) / added(otherId);
}
