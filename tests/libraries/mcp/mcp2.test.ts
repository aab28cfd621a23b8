// Version 2 of the SDK, whose sides are two packages.

import * as clients from '@modelcontextprotocol/client';
import * as servers from '@modelcontextprotocol/server';
import { traceMcp } from '@waymark/core/libraries';
import { z } from 'zod';
import { drawSpans } from '../draw-spans.ts';
import { startTracing } from '../models/model-spans.ts';

test('a call of a tool has a span on each side', async () => {
  const traced = startTracing();
  traceMcp(clients);
  traceMcp(servers);
  const server = new servers.McpServer({ name: 'weather', version: '1.0.0' });
  server.registerTool('get-weather', { inputSchema: z.object({ city: z.string() }) }, async ({ city }) => {
    traced.tracer.withSpan('lookup', () => {});
    if (city === 'nowhere') throw new Error(`no ${city}`);
    return { content: [{ type: 'text', text: `canary weather of ${city}` }] };
  });
  const client = new clients.Client({ name: 'test', version: '1.0.0' });
  const [one, other] = clients.InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(other), client.connect(one)]);
  traced.exporter.reset();

  await traced.tracer.withSpan('a', async () => {
    const given = Object.freeze({ name: 'get-weather', arguments: { city: 'canary' } });
    expect((await client.callTool(given)).content).toEqual([{ type: 'text', text: 'canary weather of canary' }]);
    const failed = await client.callTool({ name: 'get-weather', arguments: { city: 'nowhere' } });
    expect(failed.isError).toBe(true);
  });
  await client.close();
  expect(drawSpans(traced.exporter.spans).filter((line) => !line.includes('tools/list'))).toEqual([
    'a',
    '  tools/call get-weather',
    '    tools/call get-weather',
    '      lookup',
    '  tools/call get-weather ! tool_error',
    '    tools/call get-weather ! tool_error',
    '      lookup',
  ]);
  const outgoing = traced.exporter.spans.find(({ name, kind }) => name.startsWith('tools/call') && kind === 'client');
  expect(outgoing?.attributes).toEqual({
    'mcp.method.name': 'tools/call',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'get-weather',
    'jsonrpc.request.id': expect.any(String),
    'mcp.protocol.version': expect.any(String),
  });
  expect(JSON.stringify(traced.exporter.spans)).not.toContain('canary');
});
