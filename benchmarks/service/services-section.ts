// The table that matters: what tracing adds to the CPU of a whole service.
import { figure, ratio, spread, table } from '../markdown.ts';
import { installPeers } from '../peers/install-peers.ts';
import type { BenchSettings, Section } from '../section.ts';
import { median } from '../statistics.ts';
import { addedShare, addedUs, measureServices, type ServiceCase, type ServiceResult } from './measure-services.ts';
import { type Route, routes, type Variant, variants } from './variants.ts';

const frameworks = ['fastify', 'express'] as const;

export async function measureServiceSection(settings: BenchSettings): Promise<Section> {
  installPeers(variants.flatMap(({ peer }) => peer ?? []));
  const { against } = settings;
  const other: Variant = { id: 'waymark@', title: '**Waymark** of the other checkout', sampled: 1 };
  const chosen = against === undefined ? variants : [...variants, other];
  const cases = chosen.map((variant): ServiceCase => ({ variant, connections: 16 }));
  const parts: string[] = [];
  const figures: Record<string, number> = {};
  for (const framework of frameworks) {
    for (const route of routes) {
      const results = await measureServices(framework, route, cases, {
        node: settings.node,
        rounds: settings.rounds,
        processes: settings.isQuick ? 1 : 2,
        requests: route.requests,
        warmUpRequests: settings.isQuick ? 5000 : route.warmUpRequests,
        roundWarmUpRequests: 500,
        rate: 1000,
        rateSeconds: 1,
        checkout: against,
      });
      parts.push(draw(framework, route, results));
      const name = `${framework}-${route.id}`;
      figures[`${name}/opentelemetry`] = ratioOf(results, 'waymark', 'opentelemetry');
      figures[`${name}/dd-trace`] = ratioOf(results, 'waymark', 'dd-trace');
      figures[`${name}/minimum`] = ratioOf(results, 'waymark', 'minimum');
      figures[`${name}/one-percent`] = ratioOf(results, 'waymark:one-percent', 'opentelemetry:one-percent');
    }
  }
  const intro =
    'CPU is that of the service’s own process, sending included; "added" is over the bare service of the same round, and ' +
    'in brackets is where the middle half of the rounds lies. Microseconds are for orientation, as they are this ' +
    'machine’s; ratios travel. The latency is that of requests sent at a fixed rate. Memory is after garbage collection.';
  return { title: 'Whole services', markdown: [intro, ...parts].join('\n\n'), figures };
}

/** What one variant adds to the first, by what another does. */
function ratioOf(results: readonly ServiceResult[], id: string, otherId: string): number {
  const added = (wanted: string): number => {
    const [bare] = results;
    const result = results.find(({ variant }) => variant.id === wanted);
    return bare && result ? addedShare(result, bare) : Number.NaN;
  };
  return added(id) / added(otherId);
}

function draw(framework: string, route: Route, results: readonly ServiceResult[]): string {
  const [bare] = results as [ServiceResult, ...ServiceResult[]]; // the first variant
  const ours = results.find(({ variant }) => variant.id === 'waymark') ?? bare;
  const rows = results.map((result) => [
    result.variant.title,
    figure(median(result.cpuUs)),
    result === bare ? '' : spread(addedUs(result, bare)),
    result === bare ? '' : ratio(addedShare(result, bare), addedShare(ours, bare)),
    ratio(result.perSecond.median, bare.perSecond.median),
    result.p99Ms === undefined ? '' : figure(result.p99Ms),
    figure((result.heapBytes - bare.heapBytes) / 1e6),
    figure((result.rssBytes - bare.rssBytes) / 1e6),
    result.variant.sampled === 1 ? figure(result.spansPerRequest) : '',
  ]);
  const head = [
    'variant',
    'CPU µs/request',
    'added µs',
    'added, by Waymark’s',
    'throughput, by bare',
    'p99 ms',
    'heap added MB',
    'RSS added MB',
    'spans/request',
  ];
  return `### ${framework === 'fastify' ? 'Fastify 5' : 'Express 5'}: ${route.title}\n\n${table(head, rows)}`;
}
