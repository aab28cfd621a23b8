// examples/order on real servers: one trace of three processes, each span below its parent.
import { describeWith } from '../services/describe-with.ts';
import { startKafka } from '../services/kafka.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Service } from '../services/service.ts';
import { readCodeBlocks } from './code-blocks.ts';
import { buildPackages, startExample, stopExamples, withoutNumbers } from './run-example.ts';

describeWith('kafka', 'postgres')('examples/order', () => {
  let kafka: Service;
  let postgres: Service;
  beforeAll(async () => {
    [kafka, postgres] = await Promise.all([startKafka(), startPostgres(), buildPackages()]);
  }, 120_000);
  afterAll(async () => {
    await stopExamples();
    await Promise.all([kafka.stop(), postgres.stop()]);
  });

  test('prints the trace that docs/order.md shows', async () => {
    const example = startExample('order/start.js', [], { KAFKA_BROKERS: kafka.url, DATABASE_URL: postgres.url });
    expect(await example.ended).toBe(0);
    const [picture] = readCodeBlocks('docs/order.md').filter(({ language }) => language === 'text');
    expect(withoutNumbers(example.output())).toEqual(withoutNumbers(picture?.code ?? 'no picture'));
  }, 60_000);
});
