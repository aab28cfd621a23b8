// A test that waits for too many spans fails where it waits: test runners show the first stack line outside of libraries.
import { inMemoryExporter } from './in-memory-exporter.ts';
import { startOtlpReceiver } from './otlp-receiver.ts';
import { startZipkinReceiver } from './zipkin-receiver.ts';

async function failureOf(wait: () => Promise<unknown>): Promise<Error> {
  return wait().then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}

test.each([
  ['inMemoryExporter()', async () => inMemoryExporter()],
  ['startOtlpReceiver()', () => startOtlpReceiver()],
  ['startZipkinReceiver()', () => startZipkinReceiver()],
])('waitFor() of %s fails with the line of the test', async (_, start) => {
  const source = await start();
  const failure = await failureOf(() => source.waitFor(2, { timeoutMs: 1 }));
  if ('close' in source) await source.close();
  const [message, first] = failure.stack?.split('\n') ?? [];
  expect(failure.message).toBe('Expected 2 spans within 1 ms, got 0: none');
  expect(message).toBe('Error: Expected 2 spans within 1 ms, got 0: none');
  expect(first).toMatch(/\/wait-for\.test\.ts:\d+:\d+/);
});
