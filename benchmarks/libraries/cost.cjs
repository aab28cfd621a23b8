// Makes calls of libraries in a separate process: `cost.cjs '{"tracer":"…/waymark.cjs",…}'`. It answers questions over IPC.
'use strict';
const { createRequire } = require('node:module');
const { join } = require('node:path');

const options = JSON.parse(process.argv[2] ?? '{}');
// Before the libraries are loaded: some tracers rewrite their modules.
const tracer = require(options.tracer)({ ...options, format: 'protobuf' });
const load = createRequire(join(options.libraries, 'index.js'));

/** Calls below one span of the application, so that its own cost does not count much. */
const callsInSpan = 50;

async function main() {
  const { Pool } = load('pg');
  const pool = new Pool({ ...options.servers.postgres, max: 5 });
  const { Redis } = load('ioredis');
  const ioredis = new Redis(options.servers.redis);
  const redis = load('redis').createClient({ socket: options.servers.redis });
  redis.on('error', () => undefined);
  await redis.connect();
  await redis.set('cost', 'value');
  const calls = {
    pg: () => pool.query('select $1::int as answer', [42]),
    ioredis: () => ioredis.get('cost'),
    redis: () => redis.get('cost'),
  };
  process.on('message', async ({ call, count }) => {
    if (call !== undefined) await makeCalls(calls[call], count);
    await tracer.flush?.();
    const { user, system } = process.cpuUsage();
    process.send({ cpuUs: user + system });
  });
  process.send({ cpuUs: 0 });
}

async function makeCalls(call, count) {
  for (let made = 0; made < count; made += callsInSpan) {
    await tracer.inSpan('calls', async () => {
      for (let index = 0; index < callsInSpan; index++) await call();
    });
  }
}

void main();
