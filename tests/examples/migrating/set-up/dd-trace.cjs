// dd-trace, with a server in the place of its Agent.
'use strict';
const { once } = require('node:events');
const { createServer } = require('node:http');
const { decode } = require('@msgpack/msgpack');

const spans = [];
const agent = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  if (request.url?.endsWith('/traces')) spans.push(...decode(Buffer.concat(parts), { useBigInt64: true }).flat());
  agent.emit('spans');
  response.setHeader('content-type', 'application/json').end('{"rate_by_service":{}}');
});

// The tracer starts when its module is imported, so the port is chosen before.
exports.start = async () => {
  agent.listen(0, '127.0.0.1');
  await once(agent, 'listening');
  process.env.DD_TRACE_AGENT_URL = `http://127.0.0.1:${agent.address().port}`;
  require('dd-trace').init({ service: 'shop', flushInterval: 10, startupLogs: false, plugins: false });
};

const hex = (id) => id.toString(16).padStart(16, '0');

/** @param {number} count How many spans to wait for. */
exports.finish = async (count) => {
  while (spans.length < count) await once(agent, 'spans');
  return spans
    .sort((one, other) => Number(one.start - other.start))
    .map(({ name, trace_id, span_id, parent_id, error, meta, metrics }) => ({
      ...{ name, traceId: hex(trace_id), spanId: hex(span_id) },
      ...(BigInt(parent_id) !== 0n && { parentSpanId: hex(parent_id) }),
      kind: meta['span.kind'],
      attributes: { ...meta, ...metrics },
      hasFailed: error === 1,
    }));
};
