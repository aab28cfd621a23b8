// Three services in separate processes get many concurrent requests, and every arriving span is counted.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { type OtlpReceiver, type SpanData, startOtlpReceiver } from '@waymark/core/testing';
import type { Answer } from './serve.ts';

const concurrency = 500;
const rounds = 2;

let receiver: OtlpReceiver;
const services: ChildProcess[] = [];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});

afterAll(async () => {
  for (const service of services) service.kill('SIGKILL');
  await receiver.close();
});

test(`${concurrency} requests at once through three services make complete traces, and no span is mixed up or lost`, async () => {
  const users = await startService('users', 'http://unused.test');
  const orders = await startService('orders', users);
  const gateway = await startService('gateway', orders);
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

  const answers: Answer[] = [];
  for (let round = 0; round < rounds; round++) {
    const numbers = Array.from({ length: concurrency }, (_, index) => round * concurrency + index);
    answers.push(
      ...(await Promise.all(numbers.map((number) => call(`${gateway}/users/${number}/orders`, number, agent)))),
    );
  }
  agent.destroy();

  expect(answers.map(describeAnswer)).toEqual(
    answers.map((_, number) => ['gateway', 'orders', 'users'].map((name) => `${name} ${traceIdOf(number)} ${number}`)),
  );

  // On SIGTERM each service sends its remaining spans.
  await Promise.all(services.map(stop));
  expect(receiver.spans).toHaveLength(answers.length * 5);
  const byTrace = groupByTrace(receiver.spans);
  expect(byTrace.size).toBe(answers.length);
  const trees = answers.map((_, number) => drawBelow(callerIdOf(number), byTrace.get(traceIdOf(number)) ?? []));
  expect(trees).toEqual(
    answers.map((_, number) => [
      `gateway server GET /users/:id/orders, user ${number}`,
      '  gateway client GET',
      `    orders server GET /orders/:user, user ${number}`,
      '      orders client GET',
      `        users server GET /users/:id, user ${number}`,
    ]),
  );
  // The ids that the handlers saw are those of the spans that arrived.
  expect(answers.map(spanIdsOf)).toEqual(
    answers.map((_, number) => serverSpanIds(byTrace.get(traceIdOf(number)) ?? [])),
  );
}, 120_000);

async function startService(name: string, next: string): Promise<string> {
  const service = spawn(
    process.execPath,
    [
      '--conditions=@waymark/source',
      '--require=esbuild-register',
      require.resolve('./serve.ts'),
      name,
      next,
      receiver.url,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } },
  );
  services.push(service);
  const lines = createInterface({ input: service.stdout });
  const [url] = await Promise.race([
    once(lines, 'line'),
    once(service, 'exit').then(() => Promise.reject(new Error(`The service ${name} did not start.`))),
  ]);
  return String(url);
}

async function stop(service: ChildProcess): Promise<void> {
  const exit = once(service, 'exit');
  service.kill('SIGTERM');
  await exit;
}

/** The test process has no tracer, so nothing is added to this call. */
function call(url: string, number: number, agent: Agent): Promise<Answer> {
  const headers = { traceparent: `00-${traceIdOf(number)}-${callerIdOf(number)}-01` };
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => json(response).then((body) => resolve(body as Answer), reject)).on(
      'error',
      reject,
    );
  });
}

function traceIdOf(number: number): string {
  return `4bf92f3577b34da6a3ce929d${number.toString(16).padStart(8, '0')}`;
}

function callerIdOf(number: number): string {
  return `00f067aa${(number + 1).toString(16).padStart(8, '0')}`;
}

function describeAnswer({ service, traceId, user, behind }: Answer): string[] {
  return [`${service} ${traceId} ${user}`, ...(behind ? describeAnswer(behind) : [])];
}

function spanIdsOf({ spanId, behind }: Answer): string[] {
  return [spanId, ...(behind ? spanIdsOf(behind) : [])];
}

function serverSpanIds(spans: readonly SpanData[]): string[] {
  const order = ['gateway', 'orders', 'users'];
  return spans
    .filter(({ kind }) => kind === 'server')
    .sort((one, other) => order.indexOf(serviceOf(one)) - order.indexOf(serviceOf(other)))
    .map(({ spanId }) => spanId);
}

function groupByTrace(spans: readonly SpanData[]): Map<string, SpanData[]> {
  const groups = new Map<string, SpanData[]>();
  for (const span of spans) groups.set(span.traceId, [...(groups.get(span.traceId) ?? []), span]);
  return groups;
}

function drawBelow(parentId: string, spans: readonly SpanData[], indent = ''): string[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parentId)
    .flatMap((span) => {
      const user = span.attributes['user.id'];
      const line = `${serviceOf(span)} ${span.kind} ${span.name}${user === undefined ? '' : `, user ${user}`}`;
      return [indent + line, ...drawBelow(span.spanId, spans, `${indent}  `)];
    });
}

function serviceOf({ resource }: SpanData): string {
  return String(resource.attributes['service.name']);
}
