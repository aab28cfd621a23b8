// Measures whole services: each in a separate process, in rounds that take turns, so that noise on the machine affects all of them.
// What one adds to another is taken within each round: the machine's speed may change by half from minute to minute.
//
// A service is measured some time after its start, when its code is compiled, which takes some 80,000
// requests of a plain route, and after it has made calls by node:http, as an exporter does. What the
// compiler makes of the same code differs from process to process, so there are several of each.
import { type Measured, measured, median, quantile } from '../statistics.ts';
import { shapesOf } from './count-otlp.ts';
import { type Load, openLoad, sendAtRate } from './load.ts';
import { type Framework, type Readings, type Service, startService, startUpstream } from './service-process.ts';
import type { Route, Variant } from './variants.ts';

export interface ServiceSettings {
  readonly node: string;
  /** Of each process. */
  readonly rounds: number;
  /** How often the whole measurement is repeated, with new processes. */
  readonly processes: number;
  readonly requests: number;
  /** Before the first round, after a third as many of a young service, and before each. They do not count. */
  readonly warmUpRequests: number;
  readonly roundWarmUpRequests: number;
  /** Requests per second of the latency measurement, and how long it takes; 0 to leave it out. */
  readonly rate: number;
  readonly rateSeconds: number;
  readonly checkout?: string | undefined;
}

/** One of the cases that take turns. */
export interface ServiceCase {
  readonly variant: Variant;
  readonly connections: number;
  readonly middlewares?: number;
}

export interface ServiceResult {
  readonly variant: Variant;
  /** Per request, round by round. */
  readonly cpuUs: readonly number[];
  readonly perSecond: Measured;
  /** At a fixed rate; absent if it was not measured. */
  readonly p99Ms: number | undefined;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly spansPerRequest: number;
  readonly bytesPerSpan: number;
}

/** The CPU time per request that one service adds to another's, in µs. */
export function addedUs(result: ServiceResult, bare: ServiceResult): Measured {
  return measured(result.cpuUs.map((us, round) => us - (bare.cpuUs[round] ?? Number.NaN)));
}

/** The same by what the other took in the same round: a machine that is slower for a while is so for both. */
export function addedShare(result: ServiceResult, bare: ServiceResult): number {
  return median(result.cpuUs.map((us, round) => us / (bare.cpuUs[round] ?? Number.NaN) - 1));
}

/** Of all processes of a case. */
interface Measurement extends ServiceCase {
  readonly cpuUs: number[];
  readonly perSecond: number[];
  readonly latencies: number[];
  /** How each process was at its end. */
  readonly ends: Pick<ServiceResult, 'heapBytes' | 'rssBytes' | 'spansPerRequest' | 'bytesPerSpan'>[];
}

interface Running extends Measurement {
  readonly service: Service;
  readonly load: Load;
  requests: number;
}

export async function measureServices(
  framework: Framework,
  route: Route,
  cases: readonly ServiceCase[],
  settings: ServiceSettings,
): Promise<ServiceResult[]> {
  const upstream = await startUpstream(settings.node);
  const measurements = cases.map((one): Measurement => ({ ...one, cpuUs: [], perSecond: [], latencies: [], ends: [] }));
  try {
    for (let index = 0; index < settings.processes; index++) {
      await measureProcesses(framework, route, measurements, settings, upstream.port);
    }
  } finally {
    upstream.stop();
  }
  return measurements.map(resultOf);
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
      const { variant, connections, middlewares = 0 } = measurement;
      const service = await startService({
        node: settings.node,
        framework,
        variant: variant.id.replace('@', ''),
        middlewares,
        upstreamPort,
        checkout: variant.id.endsWith('@') ? settings.checkout : undefined,
      });
      const load = await openLoad({ port: service.port, path: route.path }, connections);
      running.push({ ...measurement, service, load, requests: 0 });
    }
    for (const one of running) {
      const warmUpRequests = settings.warmUpRequests * (one.variant.share ?? 1);
      await send(one, route, warmUpRequests / 3);
      await one.service.ask('call');
      await send(one, route, warmUpRequests);
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
    for (const { service, load } of running) {
      load.close();
      service.stop();
    }
  }
}

async function measureRound(one: Running, route: Route, settings: ServiceSettings): Promise<void> {
  const share = one.variant.share ?? 1;
  const count = Math.round(settings.requests * share);
  await send(one, route, settings.roundWarmUpRequests * share);
  const before = await one.service.ask('read');
  const { milliseconds, after } = await send(one, route, count);
  one.cpuUs.push((after.cpuUs - before.cpuUs) / count);
  one.perSecond.push(count / (milliseconds / 1000));
}

/** Sends requests, and waits until their spans have arrived: exporting them is part of the cost. */
async function send(one: Running, route: Route, requests: number): Promise<{ milliseconds: number; after: Readings }> {
  const count = Math.round(requests);
  const milliseconds = await one.load.send(count);
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

function resultOf({ variant, cpuUs, perSecond, latencies, ends }: Measurement): ServiceResult {
  const typical = (read: (end: Measurement['ends'][number]) => number): number => median(ends.map(read));
  return {
    variant,
    cpuUs,
    perSecond: measured(perSecond),
    p99Ms: latencies.length === 0 ? undefined : quantile(latencies, 0.99),
    heapBytes: typical((end) => end.heapBytes),
    rssBytes: typical((end) => end.rssBytes),
    spansPerRequest: typical((end) => end.spansPerRequest),
    bytesPerSpan: typical((end) => end.bytesPerSpan),
  };
}

/** The minimum counts only if its spans have every attribute that ours have. */
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
