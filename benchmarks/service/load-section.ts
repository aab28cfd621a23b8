// Whether the cost of tracing depends on the load of the service or its number of middlewares. All settings take turns.
import { spread, table } from '../markdown.ts';
import type { BenchSettings, Section } from '../section.ts';
import { addedUs, measureServices, type ServiceCase } from './measure-services.ts';
import { routes, variants } from './variants.ts';

const loads = [
  { title: '16 connections, no middleware', connections: 16, middlewares: 0 },
  { title: '64 connections', connections: 64, middlewares: 0 },
  { title: '256 connections', connections: 256, middlewares: 0 },
  { title: '5 middlewares', connections: 16, middlewares: 5 },
  { title: '20 middlewares', connections: 16, middlewares: 20 },
] as const;

export async function measureLoadSection(settings: BenchSettings): Promise<Section> {
  const chosen = variants.filter(({ id }) => id === 'bare' || id === 'waymark');
  const [plain] = routes as [(typeof routes)[0]]; // there is one
  const cases = loads.flatMap((load) => chosen.map((variant): ServiceCase => ({ variant, ...load })));
  const results = await measureServices('express', plain, cases, {
    node: settings.node,
    rounds: settings.rounds,
    processes: settings.isQuick ? 1 : 3,
    requests: 2048,
    warmUpRequests: settings.isQuick ? 5000 : 60_000,
    roundWarmUpRequests: 512,
    rate: 0,
    rateSeconds: 0,
  });
  const added = loads.map((_load, index) => {
    const [bare, ours] = results.slice(index * 2) as [(typeof results)[0], (typeof results)[0]]; // as the cases are
    return addedUs(ours, bare);
  });
  const [few, , many, , twenty] = added.map(({ median }) => median) as [number, number, number, number, number]; // as the loads are
  return {
    title: 'Cost by load',
    markdown: table(
      ['Express 5, plain route, sampled', 'CPU added µs'],
      loads.map(({ title }, index) => [title, spread(added[index] as (typeof added)[0])]), // one for each
    ),
    figures: {
      'load-connections': many / few,
      'load-middlewares': twenty / few,
    },
  };
}
