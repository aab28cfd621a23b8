// Faults of the collector that pass: spans from before, during and after them arrive.
import { passingFaults } from './faults.ts';
import { startFaultyCollector } from './faulty-collector.ts';
import { deliverAll, formats, startTraced, until } from './traced.ts';

jest.setTimeout(60_000);

// Long for an answer on the same machine, even a busy one; short for a test that waits for the time limit.
const shortTimeoutMs = 1500;

describe.each(formats)('%s to a collector that', (format) => {
  test.each(passingFaults)('$title, for a while', async ({ fault, isSlow, isSecure }) => {
    await using collector = await startFaultyCollector(isSecure);
    using traced = startTraced({
      format,
      origin: `${isSecure ? 'https' : 'http'}://127.0.0.1:${collector.port}`,
      ...(isSlow && { timeoutMs: shortTimeoutMs }),
    });
    const { tracer, makeSpans } = traced;
    const ids = makeSpans(25);
    await until(() => tracer.stats().exported === 25);

    await collector.become(fault);
    ids.push(...makeSpans(25));
    await until(() => tracer.stats().lastExportError !== undefined);
    expect(tracer.stats()).toMatchObject({ ended: 50, exported: 25, waiting: 25, dropped: {} });

    await collector.become(undefined);
    ids.push(...makeSpans(25));
    await deliverAll(tracer);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    expect(tracer.stats()).toMatchObject({ ended: 75, exported: 75, waiting: 0, dropped: {} });
    expect(traced.wrongAccounts).toEqual([]);
    await tracer.shutdown();
  });
});
