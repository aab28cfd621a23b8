// What the Collector sends on to: keeps each trace as it came, and shows it under its id.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OtlpRequest } from './otlp-json.ts';
import { spansOf } from './otlp-json.ts';

export async function startSink(): Promise<{ url: string; port: number; stop(): Promise<void> }> {
  const requests: OtlpRequest[] = [];
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      requests.push(JSON.parse(Buffer.concat(parts).toString()));
      response.end('{}');
      return;
    }
    const traceId = request.url?.slice(1);
    const resourceSpans = requests
      .flatMap((one) => one.resourceSpans)
      .filter((one) => spansOf({ resourceSpans: [one] }).some((span) => span.traceId === traceId));
    response.end(JSON.stringify({ resourceSpans }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
