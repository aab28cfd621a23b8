import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { traceMcp } from '@waymark/core/libraries';
import { tracing } from '@waymark/express';
import express from 'express';
import { z } from 'zod';
import { drawSpans } from '../draw-spans.ts';
import { startTracing, type Traced } from '../models/model-spans.ts';

function makeServer({ tracer }: Traced): McpServer {
  const server = new McpServer({ name: 'weather', version: '1.0.0' });
  const inputSchema = { city: z.string() };
  server.registerTool('get-weather', { inputSchema }, async ({ city }) => {
    tracer.withSpan('lookup', () => {});
    if (city === 'nowhere') throw new Error(`no ${city}`);
    return { content: [{ type: 'text', text: `canary weather of ${city}` }] };
  });
  server.registerTool('ask-model', { inputSchema }, async ({ city }, { sendRequest }) => {
    const content = { type: 'text' as const, text: city };
    const messages = [{ role: 'user' as const, content }];
    await sendRequest({ method: 'sampling/createMessage', params: { messages, maxTokens: 5 } }, z.any() as never);
    return { content: [] };
  });
  server.registerTool('slow', { inputSchema }, async (_, { signal, sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken;
    if (progressToken !== undefined) {
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } });
    }
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { content: [] };
  });
  return server;
}

const calling = { name: 'get-weather', arguments: { city: 'canary' } };

describe('in one process', () => {
  let traced: Traced;
  let client: Client;
  let server: McpServer;
  const seen: unknown[] = [];

  beforeEach(async () => {
    traced = startTracing();
    traceMcp(Client);
    server = makeServer(traced);
    client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { sampling: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, async ({ params }) => {
      seen.push(params);
      traced.tracer.withSpan('model', () => {});
      return { role: 'assistant', model: 'm', content: { type: 'text', text: 'canary' } };
    });
    const [one, other] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(other), client.connect(one)]);
    traced.exporter.reset();
  });
  afterEach(() => client.close());

  test('a call of a tool has a span on each side, and keeps the request as it is', async () => {
    const given = Object.freeze({ ...calling, _meta: Object.freeze({ mine: 1 }) });
    await traced.tracer.withSpan('a', async () => {
      const result = await client.callTool(given);
      expect(result.content).toEqual([{ type: 'text', text: 'canary weather of canary' }]);
      await client.listTools();
    });
    expect(given).toEqual({ ...calling, _meta: { mine: 1 } });
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  tools/call get-weather',
      '    tools/call get-weather',
      '      lookup',
      '  tools/list',
      '    tools/list',
    ]);
    const [first, second] = traced.exporter.spans.filter((span) => span.name === 'tools/call get-weather');
    expect([first?.kind, second?.kind]).toEqual(['server', 'client']);
    const attributes = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get-weather',
      'jsonrpc.request.id': expect.any(String),
    };
    expect(first?.attributes).toEqual(attributes);
    expect(second?.attributes).toEqual(attributes);
    expect(first?.attributes['jsonrpc.request.id']).toBe(second?.attributes['jsonrpc.request.id']);
    expect(JSON.stringify(traced.exporter.spans)).not.toContain('canary');
  });

  test('a tool that fails is a failure on both sides, and so is an error of the protocol', async () => {
    await traced.tracer.withSpan('a', async () => {
      const result = await client.callTool({ name: 'get-weather', arguments: { city: 'nowhere' } });
      expect(result.isError).toBe(true);
      await expect(client.readResource({ uri: 'file://user:canary@host/a?token=canary' })).rejects.toThrow();
    });
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  tools/call get-weather ! tool_error',
      '    tools/call get-weather ! tool_error',
      '      lookup',
      '  resources/read ! -32601',
    ]);
    expect(traced.find('resources/read').attributes).toMatchObject({
      'mcp.resource.uri': 'file://host/a',
      'rpc.response.status_code': '-32601',
    });
  });

  test('what a server asks the client is in the same trace', async () => {
    await traced.tracer.withSpan('a', () => client.callTool({ name: 'ask-model', arguments: { city: 'canary' } }));
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  tools/call ask-model',
      '    tools/call ask-model',
      '      sampling/createMessage',
      '        sampling/createMessage',
      '          model',
    ]);
  });

  test('progress is reported in the context of the caller, and a call may be cancelled', async () => {
    const controller = new AbortController();
    await traced.tracer.withSpan('a', async () => {
      const onprogress = () => {
        traced.tracer.withSpan('progress', () => {});
        controller.abort('enough');
      };
      const call = client.callTool({ name: 'slow', arguments: { city: 'x' } }, undefined, {
        onprogress,
        signal: controller.signal,
      });
      await expect(call).rejects.toThrow('enough');
    });
    while (traced.exporter.spans.length < 4) await new Promise(setImmediate);
    expect(drawSpans(traced.exporter.spans)).toEqual([
      'a',
      '  tools/call slow ! -32001',
      '    tools/call slow',
      '  progress',
    ]);
  });

  test('50 calls at once have each its own parents', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        traced.tracer.withSpan(`request ${index}`, () => client.callTool(calling)),
      ),
    );
    const lines = drawSpans(traced.exporter.spans);
    for (let index = 0; index < 50; index++) {
      const place = lines.indexOf(`request ${index}`);
      expect(lines.slice(place + 1, place + 4)).toEqual([
        '  tools/call get-weather',
        '    tools/call get-weather',
        '      lookup',
      ]);
    }
  });

  test('without a span of the caller, and in a request that is not sampled, calls work', async () => {
    await client.callTool(calling);
    expect(drawSpans(traced.exporter.spans)).toEqual(['tools/call get-weather', '  lookup']);
    traced.exporter.reset();
    const before = seen.length;
    const unsampled = startTracing({ mcp: false });
    await unsampled.tracer.withSpan('a', () => client.callTool({ name: 'ask-model', arguments: { city: 'x' } }));
    expect(seen.length).toBe(before + 1);
    expect(seen.at(-1)).not.toHaveProperty('_meta');
  });

  test('arguments and results are recorded if they are asked for', async () => {
    traced = startTracing({ mcp: { contents: true } });
    await traced.tracer.withSpan('a', () => client.callTool(calling));
    for (const span of traced.exporter.spans.filter(({ name }) => name.startsWith('tools/call'))) {
      expect(span.attributes).toMatchObject({
        'gen_ai.tool.call.arguments': '{"city":"canary"}',
        'gen_ai.tool.call.result': '[{"type":"text","text":"canary weather of canary"}]',
      });
    }
  });
});

test('over HTTP, in Express, the server span is below the sender, with a link to the request', async () => {
  const traced = startTracing();
  traceMcp(Client);
  const app = express();
  app.use(tracing({ tracer: traced.tracer }));
  app.post('/mcp', express.json(), async (request, response) => {
    const transport = new StreamableHTTPServerTransport({});
    const server = makeServer(traced);
    response.on('close', () => void server.close());
    await server.connect(transport as never);
    await transport.handleRequest(request, response, request.body);
  });
  const http: HttpServer = createServer(app);
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp`)) as never);
  traced.exporter.reset();
  await traced.tracer.withSpan('a', () => client.callTool(calling));
  await client.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));

  const lines = drawSpans(traced.exporter.spans);
  const place = lines.indexOf('a'); // the client has tried to open a stream before
  expect(lines.slice(place, place + 2)).toEqual(['a', '  tools/call get-weather']);
  expect(lines).toContain('    POST');
  expect(lines).toContain('      POST /mcp');
  expect(lines).toContain('    tools/call get-weather');
  expect(lines).toContain('      lookup');
  const incoming = traced.exporter.spans.find((span) => span.name.startsWith('tools/call') && span.kind === 'server');
  expect(incoming?.links.map(({ spanId }) => spanId)).toEqual([traced.find('POST /mcp').spanId]);
  const outgoing = traced.exporter.spans.find((span) => span.name.startsWith('tools/call') && span.kind === 'client');
  expect(outgoing?.attributes).toMatchObject({
    'network.transport': 'tcp',
    'server.address': '127.0.0.1',
    'server.port': port,
    'mcp.protocol.version': expect.any(String),
  });
});

test('over stdio, the server in another process gets the context', async () => {
  const traced = startTracing();
  traceMcp(Client);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(__dirname, 'programs/stdio-server.cjs')],
  });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport as never);
  const answer = await traced.tracer.withSpan('a', async () => {
    const result = await client.callTool({ name: 'meta', arguments: {} });
    return (result.content as { text: string }[])[0]?.text;
  });
  await client.close();
  const { traceId, spanId, attributes } = traced.find('tools/call meta');
  expect(answer).toBe(`00-${traceId}-${spanId}-03`);
  expect(attributes['network.transport']).toBe('pipe');
});

test('what is not the SDK is refused', () => {
  expect(() => traceMcp({ request() {} })).toThrow(
    "traceMcp(Client) takes a class, an instance or the exports of MCP's SDK",
  );
});
