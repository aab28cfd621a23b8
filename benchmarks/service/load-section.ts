// Whether tracing costs the same however busy the service is, and however long its chain of middlewares.
import { spread, table } from '../markdown.ts';
import type { BenchSettings, Section } from '../section.ts';
import { measureServices } from './measure-services.ts';
import { routes, variants } from './variants.ts';

export async function measureLoadSection(settings: BenchSettings): Promise<Section> {
  const chosen = variants.filter(({ id }) => id === 'bare' || id === 'waymark');
  const [plain] = routes as [(typeof routes)[0]]; // there is one
  const added = async (connections: number, middlewares: number): Promise<{ text: string; median: number }> => {
    const results = await measureServices('express', plain, chosen, {
      node: settings.node,
      rounds: settings.rounds,
      processes: settings.isQuick ? 1 : 3,
      requests: 2000,
      warmUpRequests: settings.isQuick ? 5000 : 20_000,
      roundWarmUpRequests: 500,
      connections,
      middlewares,
      rate: 0,
      rateSeconds: 0,
    });
    const ours = results[1]?.addedUs ?? { median: Number.NaN, low: Number.NaN, high: Number.NaN };
    return { text: spread(ours), median: ours.median };
  };

  const few = await added(16, 0);
  const some = await added(64, 0);
  const many = await added(256, 0);
  const five = await added(16, 5);
  const twenty = await added(16, 20);
  const head = ['Express 5, plain route, sampled', 'CPU added µs'];
  const rows = [
    ['16 connections, no middleware', few.text],
    ['64 connections', some.text],
    ['256 connections', many.text],
    ['5 middlewares', five.text],
    ['20 middlewares', twenty.text],
  ];
  return {
    title: 'Cost by load',
    markdown: table(head, rows),
    figures: {
      'load-connections': many.median / few.median,
      'load-middlewares': twenty.median / few.median,
    },
  };
}
