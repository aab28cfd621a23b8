import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTracer } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { tracing } from '@waymark/express';
import express from 'express';
import { describeInBrowser } from './describe-in-browser.ts';
import { useViewer } from './start-viewer.ts';

const run = promisify(execFile);

describeInBrowser('spans of real senders', ({ open }) => {
  const viewer = useViewer();

  test('a request to an Express app appears in the open list, with its spans', async () => {
    const page = await open(`${viewer.url}/traces`);
    await page.getByText('Waiting for the first trace').waitFor();
    const tracer = createTracer({
      serviceName: 'express-app',
      exporter: otlpExporter({ url: `${viewer.url}/v1/traces` }),
    });
    const app = express();
    app.use(tracing({ tracer }));
    app.get('/users/:id', (_request, response) => {
      tracer.withSpan('load user', () => response.send('ok'));
    });
    const server = createServer(app).listen(0);
    await once(server, 'listening');
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/users/7`); // a listening server has a port
    server.close();
    await tracer.flush();

    // The fetch of the test is traced, too: its span is the root.
    await page.getByRole('link', { name: 'GET', exact: true }).waitFor();
    await page.locator('.cell-spans', { hasText: '3' }).waitFor();
    await page.goto(`${viewer.url}/operations`);
    await page.getByRole('rowheader', { name: 'express-app GET /users/:id' }).waitFor();
    await tracer.shutdown();
  });

  test('spans of the OpenTelemetry SDK appear in the list, the facets and the errors', async () => {
    const page = await open(`${viewer.url}/traces`);
    await page.getByText('Waiting for the first trace').waitFor();
    const { stdout } = await run(process.execPath, [join(__dirname, 'opentelemetry-sender.mjs'), viewer.url]);
    const { traceId, spanId }: { traceId: string; spanId: string } = JSON.parse(stdout);

    await page.getByRole('link', { name: 'POST /pay' }).waitFor();
    await page.getByRole('button', { name: 'Only test 1 trace' }).waitFor();
    await page.goto(`${viewer.url}/errors`);
    const group = page.locator('.error-group');
    await group.waitFor();
    expect(await group.textContent()).toContain('RangeErrortoo much');
    await group.getByRole('link').first().click();
    await page.waitForURL(`**/trace/${traceId}?span=${spanId}`);
  });
});
