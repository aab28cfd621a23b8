// The least that a tracer has to do: a context, a listener, ids, and each span, with all the attributes that
// Waymark gives it, encoded to OTLP protobuf and exported. No options, limits, error handling, samplers, formats or statistics.
'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const { randomFillSync } = require('node:crypto');
const { subscribe } = require('node:diagnostics_channel');
const { Agent, request: post } = require('node:http');
const { performance } = require('node:perf_hooks');

const kinds = { internal: 1, server: 2, client: 3 };
const storage = new AsyncLocalStorage();

module.exports = ({ sink }) => {
  const writer = createWriter(`${sink}/v1/traces`);

  // Attributes are [key, value, …]. The trace id is 16 bytes, a span id 8.
  function startSpan(name, kind, parent, attributes) {
    return {
      name,
      kind,
      traceId: parent === undefined ? randomId(16) : parent.traceId,
      spanId: randomId(8),
      parentId: parent?.spanId,
      startMs: performance.timeOrigin + performance.now(),
      attributes,
    };
  }

  function endSpan(span) {
    writer.writeSpan(span, performance.timeOrigin + performance.now());
  }

  function begin(raw, response, route, next) {
    const { headers, socket } = raw;
    const parent = headers.traceparent === undefined ? undefined : readTraceparent(headers.traceparent);
    const span = startSpan('', 'server', parent, undefined);
    response.once('close', () => {
      const { url, method } = raw;
      const question = url.indexOf('?');
      const host = headers.host;
      const colon = host.lastIndexOf(':');
      const { remoteAddress } = socket;
      const pattern = route();
      span.name = `${method} ${pattern}`;
      span.attributes = [
        'http.request.method',
        method,
        'url.path',
        question === -1 ? url : url.slice(0, question),
        'url.scheme',
        'http',
        'server.address',
        colon === -1 ? host : host.slice(0, colon),
        'server.port',
        colon === -1 ? 80 : Number(host.slice(colon + 1)),
        'client.address',
        remoteAddress,
        'network.peer.address',
        remoteAddress,
        'network.peer.port',
        socket.remotePort,
        'network.protocol.version',
        raw.httpVersion,
        'user_agent.original',
        headers['user-agent'],
        'http.route',
        pattern,
        'http.response.status_code',
        response.statusCode,
      ];
      endSpan(span);
    });
    storage.run(span, next);
  }

  const calls = new WeakMap();
  subscribe('undici:request:create', ({ request }) => {
    const parent = storage.getStore();
    if (parent === undefined) return;
    const { origin, path, method } = request;
    const { hostname, port } = new URL(origin);
    const span = startSpan(method, 'client', parent, [
      'http.request.method',
      method,
      'server.address',
      hostname,
      'server.port',
      Number(port) || 80,
      'url.full',
      origin + path,
    ]);
    calls.set(request, span);
    request.addHeader('traceparent', `00-${span.traceId.toString('hex')}-${span.spanId.toString('hex')}-03`);
  });
  subscribe('undici:client:sendHeaders', ({ request, socket }) => {
    calls
      .get(request)
      ?.attributes.push(
        'network.peer.address',
        socket.remoteAddress,
        'network.peer.port',
        socket.remotePort,
        'network.protocol.version',
        '1.1',
      );
  });
  subscribe('undici:request:headers', ({ request, response }) => {
    const span = calls.get(request);
    if (span === undefined) return;
    span.attributes.push('http.response.status_code', response.statusCode);
    endSpan(span);
  });

  return {
    express(app) {
      app.use((request, response, next) => begin(request, response, () => request.route.path, next));
    },
    fastify(app) {
      app.addHook('onRequest', (request, reply, next) => {
        begin(request.raw, reply.raw, () => request.routeOptions.url, next);
      });
    },
    inSpan(name, fn) {
      const span = startSpan(name, 'internal', storage.getStore(), []);
      return storage.run(span, async () => {
        try {
          return await fn(span);
        } finally {
          endSpan(span);
        }
      });
    },
    flush: writer.flush,
  };
};

const pool = Buffer.alloc(16_384);
let poolPosition = pool.length;

function randomId(byteCount) {
  if (poolPosition + byteCount > pool.length) {
    randomFillSync(pool);
    poolPosition = 0;
  }
  const id = Buffer.allocUnsafe(byteCount);
  pool.copy(id, 0, poolPosition, poolPosition + byteCount);
  poolPosition += byteCount;
  return id;
}

function readTraceparent(header) {
  if (!/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(header)) return undefined;
  return { traceId: Buffer.from(header.slice(3, 35), 'hex'), spanId: Buffer.from(header.slice(36, 52), 'hex') };
}

/** One buffer, into which spans are encoded as they end; sent when it has 512 of them, and each second. */
function createWriter(url) {
  const agent = new Agent({ keepAlive: true });
  const resource = encodeResource();
  const keys = new Map();
  let bytes = Buffer.allocUnsafe(512 * 1024);
  let position = 0;
  let spanCount = 0;
  const sending = new Set();
  setInterval(send, 1000).unref();

  function send() {
    if (spanCount === 0) return;
    const spans = bytes.subarray(0, position);
    bytes = Buffer.allocUnsafe(512 * 1024);
    position = 0;
    spanCount = 0;
    const scopeSpans = [head(0x12, spans.length), spans];
    const resourceSpans = [resource, ...scopeSpans];
    const body = Buffer.concat([head(0x0a, lengthOf(resourceSpans)), ...resourceSpans]);
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
    const sent = new Promise((resolve, reject) => {
      const outgoing = storage.exit(() => post(url, { method: 'POST', agent, headers }));
      outgoing.on('response', (response) => response.resume().on('end', resolve));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    sending.add(sent);
    void sent.then(() => sending.delete(sent));
  }

  function writeSpan(span, endMs) {
    // Two bytes for the length, which a span of a request needs.
    bytes[position] = 0x12;
    const start = position + 3;
    position = start;
    writeBytes(0x0a, span.traceId);
    writeBytes(0x12, span.spanId);
    if (span.parentId !== undefined) writeBytes(0x22, span.parentId);
    writeText(0x2a, span.name);
    bytes[position++] = 0x30;
    bytes[position++] = kinds[span.kind];
    writeTime(0x39, span.startMs);
    writeTime(0x41, endMs);
    const { attributes } = span;
    for (let index = 0; index < attributes.length; index += 2) writeAttribute(attributes[index], attributes[index + 1]);
    bytes[position++] = 0x85;
    bytes[position++] = 0x01;
    position = bytes.writeUInt32LE(0x0103, position);
    const length = position - start;
    bytes[start - 2] = (length & 127) | 128;
    bytes[start - 1] = length >> 7;
    if (length < 128) {
      bytes.copyWithin(start - 1, start, position);
      bytes[start - 2] = length;
      position--;
    }
    spanCount++;
    if (spanCount === 512) send();
  }

  function writeAttribute(key, value) {
    let keyField = keys.get(key);
    if (keyField === undefined) {
      keyField = Buffer.concat([head(0x0a, key.length), Buffer.from(key)]);
      keys.set(key, keyField);
    }
    bytes[position] = 0x4a;
    const start = position + 2;
    bytes.set(keyField, start);
    position = start + keyField.length;
    bytes[position++] = 0x12;
    if (typeof value === 'number') {
      const valueStart = position + 1;
      bytes[valueStart] = 0x18;
      position = valueStart + 1;
      writeVarint(value);
      bytes[valueStart - 1] = position - valueStart;
    } else {
      const textStart = position + 3;
      const length = bytes.utf8Write(value, textStart);
      bytes[position] = length + 2;
      bytes[position + 1] = 0x0a;
      bytes[position + 2] = length;
      position = textStart + length;
    }
    bytes[start - 1] = position - start; // nothing here is longer than 127 bytes
  }

  function writeBytes(tag, field) {
    bytes[position] = tag;
    bytes[position + 1] = field.length;
    bytes.set(field, position + 2);
    position += 2 + field.length;
  }

  function writeText(tag, text) {
    const length = bytes.utf8Write(text, position + 2);
    bytes[position] = tag;
    bytes[position + 1] = length;
    position += 2 + length;
  }

  function writeTime(tag, unixMs) {
    const wholeMs = Math.floor(unixMs);
    const low = (wholeMs >>> 0) * 1e6 + Math.round((unixMs - wholeMs) * 1e6);
    bytes[position++] = tag;
    position = bytes.writeUInt32LE(low % 2 ** 32, position);
    position = bytes.writeUInt32LE(Math.floor(wholeMs / 2 ** 32) * 1e6 + Math.floor(low / 2 ** 32), position);
  }

  function writeVarint(value) {
    let rest = value;
    while (rest > 127) {
      bytes[position++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[position++] = rest;
  }

  async function flush() {
    send();
    await Promise.all(sending);
  }

  return { writeSpan, flush };
}

function encodeResource() {
  const value = message(0x12, [message(0x0a, [Buffer.from('bench')])]);
  return message(0x0a, [message(0x0a, [message(0x0a, [Buffer.from('service.name')]), value])]);
}

function message(tag, parts) {
  return Buffer.concat([head(tag, lengthOf(parts)), ...parts]);
}

function head(tag, length) {
  const bytes = [tag];
  let rest = length;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

function lengthOf(parts) {
  return parts.reduce((sum, part) => sum + part.length, 0);
}
