import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createExpressMiddleware } from '@trpc/server/adapters/express';
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import { activeSpan, getTracer, withSpan } from '@waymark/core';
import { trpcTracing } from '@waymark/core/libraries';
import { instrumentOutbound } from '@waymark/core/outbound';
import { type InMemoryExporter, inMemoryExporter } from '@waymark/core/testing';
import { tracing as expressTracing } from '@waymark/express';
import { tracing as fastifyTracing } from '@waymark/fastify';
import express from 'express';
import Fastify from 'fastify';
import { drawSpans } from '../draw-spans.ts';

// What another test file of this process has left behind would trace the clients.
instrumentOutbound()();

const exporter: InMemoryExporter = inMemoryExporter();
const tracer = getTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });

const t = initTRPC.context<{ readonly user: string }>().create();
const procedure = t.procedure.use(trpcTracing());
const router = t.router({
  orders: t.router({
    byId: procedure
      .input((value) => String(value))
      .query(({ ctx, input }) => {
        const user: string = ctx.user; // the middleware keeps the type
        withSpan('load', () => {});
        if (input === 'none') throw new TRPCError({ code: 'NOT_FOUND' });
        if (input === 'broken') throw new TypeError('stock is broken');
        return `${input} of ${user}`;
      }),
    add: procedure.input((value) => value).mutation(() => 'added'),
  }),
  ticks: procedure.subscription(async function* () {
    for (const tick of [1, 2]) {
      withSpan(`tick ${tick}`, () => {});
      yield tick;
    }
  }),
});
const createContext = () => ({ user: 'ada' });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  exporter.reset();
});

async function openExpress(): Promise<string> {
  const app = express();
  app.use(expressTracing({ tracer, outbound: false }));
  app.use('/trpc', createExpressMiddleware({ router, createContext }));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/trpc`;
}

async function openFastify(): Promise<string> {
  const app = Fastify();
  await app.register(fastifyTracing, { tracer, outbound: false });
  await app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router, createContext } });
  await app.listen({ port: 0, host: '127.0.0.1' });
  closing.push(() => app.close());
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/trpc`;
}

describe.each([
  ['Express', openExpress],
  ['Fastify', openFastify],
])('%s', (_, open) => {
  test('each procedure of a batch has a span', async () => {
    const client = createTRPCClient<typeof router>({ links: [httpBatchLink({ url: await open() })] });
    const [first, second] = await Promise.allSettled([
      client.orders.byId.query('s3cret'),
      client.orders.byId.query('broken'),
      client.orders.byId.query('none'),
    ]);
    expect(first).toMatchObject({ value: 's3cret of ada' });
    expect(second?.status).toBe('rejected');
    const spans = await exporter.waitFor(7);
    expect(drawSpans(spans).slice(1)).toEqual([
      '  orders.byId',
      '    load',
      '  orders.byId ! INTERNAL_SERVER_ERROR',
      '    load',
      '  orders.byId',
      '    load',
    ]);
    const calls = spans.filter(({ name }) => name === 'orders.byId').sort((a, b) => a.startMs - b.startMs);
    expect(calls.map(({ attributes }) => attributes['rpc.response.status_code'])).toEqual([
      undefined,
      'INTERNAL_SERVER_ERROR',
      'NOT_FOUND',
    ]);
    expect(calls[0]).toMatchObject({
      kind: 'internal',
      attributes: { 'rpc.system.name': 'trpc', 'rpc.method': 'orders.byId', 'trpc.type': 'query' },
    });
    expect(calls[1]?.events.map(({ attributes }) => attributes?.['exception.type'])).toEqual(['TypeError']);
    expect(JSON.stringify(calls)).not.toContain('s3cret');
  });
});

test('calls within the process, and a subscription until its end', async () => {
  const caller = t.createCallerFactory(router)(createContext());
  await withSpan('job', async (job) => {
    await caller.orders.add('x');
    for await (const _ of await caller.ticks()) expect(activeSpan()).toBe(job);
  });
  expect([...drawSpans(await exporter.waitFor(5))].sort()).toEqual(
    ['job', '  orders.add', '  ticks', '    tick 1', '    tick 2'].sort(),
  );
});

test('without a span, a call starts a trace', async () => {
  await t.createCallerFactory(router)(createContext()).orders.add('x');
  expect((await exporter.waitFor(1))[0]).toMatchObject({ name: 'orders.add', kind: 'server' });
});

test('tRPC 10', async () => {
  const { initTRPC: initTRPC10 }: typeof import('@trpc/server') = require('trpc-server10');
  const t10 = initTRPC10.create();
  const procedure10 = t10.procedure.use(trpcTracing());
  const router10 = t10.router({
    ok: procedure10.query(() => 'fine'),
    bad: procedure10.mutation(() => {
      throw new TypeError('broken');
    }),
  });
  const caller = (
    router10 as unknown as { createCaller(context: object): Record<'ok' | 'bad', () => Promise<unknown>> }
  ) // as in 10
    .createCaller({});
  await withSpan('job', async () => {
    expect(await caller.ok()).toBe('fine');
    await expect(caller.bad()).rejects.toThrow('broken');
  });
  expect(drawSpans(await exporter.waitFor(3))).toEqual(['job', '  ok', '  bad ! INTERNAL_SERVER_ERROR']);
});
