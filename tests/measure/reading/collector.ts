// Starts a collector with a file in this process, writes its address, and ends with its standard input. By the index.ts that it is
// given, so that another checkout can be measured by the same code.
import { createRequire } from 'node:module';
import type { startCollector } from 'waymark';

const [index = '', path = '', driver = ''] = process.argv.slice(2);

void (async () => {
  const { startCollector: start } = createRequire(index)(index) as { startCollector: typeof startCollector };
  const limits = { maxSpans: 10_000_000, maxBytes: 2 ** 40 };
  const collector = await start({ port: 0, path, driver: driver as 'node:sqlite', limits });
  process.stdin.resume().on('end', () => void collector.close());
  console.log(collector.url);
})();
