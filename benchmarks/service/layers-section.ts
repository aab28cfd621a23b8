// Where the cost of a sampled request lies: each variant does the work of the previous one, and one step more.
import { figure, spread, table } from '../markdown.ts';
import type { BenchSettings, Section } from '../section.ts';
import { addedUs, measureServices, type ServiceCase, type ServiceResult } from './measure-services.ts';
import { routes, type Variant } from './variants.ts';

const layers: readonly Variant[] = [
  { id: 'bare', title: 'bare', sampled: 0 },
  { id: 'als', title: 'one `AsyncLocalStorage.run`', sampled: 0 },
  {
    id: 'waymark:unsampled',
    title: 'headers read, ids, a sampler that declines, events carried into the context',
    sampled: 0,
  },
  { id: 'waymark:unexported', title: 'a span with all its attributes, not exported', sampled: 0 },
  { id: 'waymark', title: 'encoded and sent', sampled: 1 },
];

export async function measureLayersSection(settings: BenchSettings): Promise<Section> {
  const [plain] = routes as [(typeof routes)[0]]; // there is one
  const cases = layers.map((variant): ServiceCase => ({ variant, connections: 16 }));
  const results = await measureServices('fastify', plain, cases, {
    node: settings.node,
    rounds: settings.rounds * 2,
    processes: settings.isQuick ? 1 : 3,
    requests: plain.requests,
    warmUpRequests: settings.isQuick ? 5000 : plain.warmUpRequests,
    roundWarmUpRequests: 500,
    rate: 0,
    rateSeconds: 0,
  });
  const [bare] = results as [ServiceResult, ...ServiceResult[]]; // as the layers are
  const rows = results.map((result, index) => {
    if (result === bare) return [result.variant.title, '', ''];
    const added = addedUs(result, bare);
    const before = addedUs(results[index - 1] ?? bare, bare);
    return [result.variant.title, spread(added), figure(added.median - before.median)];
  });
  return {
    title: 'Where it goes',
    markdown: table(['Fastify 5, plain route', 'CPU added µs', 'more than the row above'], rows),
    figures: {},
  };
}
