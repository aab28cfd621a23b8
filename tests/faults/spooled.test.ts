// With a spool, the next process delivers the spans that one process could not deliver.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passingFaults } from './faults.ts';
import { startFaultyCollector } from './faulty-collector.ts';
import { deliverAll, formats, startTraced, until } from './traced.ts';

jest.setTimeout(60_000);

let spoolDirectory: string;

beforeEach(async () => {
  spoolDirectory = await mkdtemp(join(tmpdir(), 'waymark-spool-'));
});

afterEach(() => rm(spoolDirectory, { recursive: true, force: true }));

describe.each(formats)('%s to a collector that', (format) => {
  test.each(passingFaults)('$title, until after the process', async ({ fault, isSlow, isSecure }) => {
    await using collector = await startFaultyCollector(isSecure);
    await collector.become(fault);
    const options = {
      format,
      origin: `${isSecure ? 'https' : 'http'}://127.0.0.1:${collector.port}`,
      spoolDirectory,
      ...(isSlow && { timeoutMs: 1500 }), // long for an answer on the same machine, even a busy one
    };
    using first = startTraced(options);
    const ids = first.makeSpans(25);
    await until(() => first.tracer.stats().lastExportError !== undefined);
    await first.tracer.shutdown({ timeoutMs: 200 });
    expect(first.tracer.stats()).toMatchObject({ ended: 25, exported: 0, waiting: 0, spooled: 25, dropped: {} });

    await collector.become(undefined);
    using second = startTraced(options);
    ids.push(...second.makeSpans(25));
    await until(() => collector.arrivals.size === 50);
    await deliverAll(second.tracer);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    await second.tracer.shutdown();
    expect([...first.wrongAccounts, ...second.wrongAccounts]).toEqual([]);
  });
});
