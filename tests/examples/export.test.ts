// The code of docs/export.md, running. docs.test.ts checks that each block is in a file like this one, word for word.
import { subscribe } from 'node:diagnostics_channel';
import { createTracer, type DiagnosticsMessage, getTracer, withSpan } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { inMemoryExporter } from '@waymark/core/testing';

const memory = inMemoryExporter();
getTracer({ serviceName: 'export', exporter: memory, flushOnExit: false });

test('a spool is two options', () => {
  const exporter = otlpExporter({ spool: { directory: '/var/spool/orders', maxBytes: 512 * 1024 * 1024 } });

  const origins = exporter.origins?.filter(({ name }) => name.startsWith('spool'));
  expect(origins).toEqual([
    { name: 'spool.directory', value: '/var/spool/orders', from: 'code' },
    { name: 'spool.maxBytes', value: '536870912', from: 'code' },
  ]);
});

test('shutdown() reports', async () => {
  const tracer = createTracer({ exporter: memory, flushOnExit: false });

  const { delivered, lost, complete, spooled, reasons, lastError } = await tracer.shutdown({ timeoutMs: 5000 });

  expect([delivered, lost, complete, spooled, reasons, lastError]).toEqual([
    0,
    0,
    true,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a function that is frozen between calls flushes before each answer', async () => {
  async function handler(event: { readonly name: string }): Promise<string> {
    try {
      return await withSpan('handler', async () => `Hello, ${event.name}`);
    } finally {
      await getTracer().flush({ timeoutMs: 1000 });
    }
  }

  expect(await handler({ name: 'Ada' })).toBe('Hello, Ada');
  expect(memory.spans.map(({ name }) => name)).toEqual(['handler']);
});

test('faults are reported on a channel', async () => {
  const reported: string[] = [];
  subscribe('waymark.diagnostics', (message) => {
    const { level, reason, message: text, count } = message as DiagnosticsMessage;
    reported.push(`${level} ${reason} ${count}: ${text}`);
  });

  const tracer = createTracer({ exporter: [], flushOnExit: false, logLevel: 'none', env: {} });
  tracer.startSpan('load', { parent: {} as never });
  expect(reported).toEqual([
    'warn invalid-parent 1: parents were ignored: they must be a span, a context or a span context; a new trace was started',
  ]);
});
