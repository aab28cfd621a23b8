// Faults of the collector that stay: spans are not retried in vain, and their loss is reported.
import { type HopelessCase, hopelessFaults } from './faults.ts';
import { startFaultyCollector } from './faulty-collector.ts';
import { deliverAll, formats, startTraced } from './traced.ts';

describe.each(formats)('%s to a collector that', (format) => {
  test.each(hopelessFaults)('$title', async ({ fault, reason, says, requests = 3 }: HopelessCase) => {
    await using collector = await startFaultyCollector();
    await collector.become(fault);
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    const { tracer, lines, makeSpans } = traced;
    makeSpans(25);
    expect(await tracer.flush()).toMatchObject({ delivered: 0, lost: 25, complete: true });
    expect(tracer.stats()).toMatchObject({ ended: 25, exported: 0, waiting: 0, dropped: { [reason]: 25 } });
    expect(collector.faultsMet).toBe(requests);
    expect(lines[0]).toMatch(says);

    await collector.become(undefined);
    const ids = makeSpans(25);
    await deliverAll(tracer);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    expect(tracer.stats()).toMatchObject({ ended: 50, exported: 25, dropped: { [reason]: 25 } });
    expect(traced.wrongAccounts).toEqual([]);
    await tracer.shutdown();
  });
});
