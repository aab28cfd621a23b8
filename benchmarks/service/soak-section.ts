// Whether memory leaks: the heap of one service after ten thousand requests, and after a million.
import { figure, table } from '../markdown.ts';
import type { BenchSettings, Section } from '../section.ts';
import { openLoad } from './load.ts';
import { startService } from './service-process.ts';

export async function measureSoakSection({ node, isQuick }: BenchSettings): Promise<Section> {
  const total = isQuick ? 100_000 : 1_000_000;
  const service = await startService({ node, framework: 'fastify', variant: 'waymark', upstreamPort: 0 });
  const load = await openLoad({ port: service.port, path: '/users/42' }, 64);
  try {
    const heapAfter = async (count: number): Promise<number> => {
      await load.send(count);
      await service.ask('flush');
      return (await service.ask('gc')).heapBytes;
    };
    const early = await heapAfter(10_000);
    const late = await heapAfter(total - 10_000);
    await service.sink.waitFor(total, 60_000);
    const rows = [
      ['10,000', figure(early / 1e6)],
      [total.toLocaleString('en'), figure(late / 1e6)],
    ];
    return {
      title: 'Memory in the long run',
      markdown: table(['Fastify 5, plain route: requests', 'heap MB'], rows),
      figures: { 'soak-heap': late / early },
    };
  } finally {
    load.close();
    service.stop();
  }
}
