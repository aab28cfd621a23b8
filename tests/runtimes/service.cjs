// `<runtime> service.cjs <express | fastify> <OTLP URL> <next service>`: a service that calls the next one in every way, each at
// a separate path, and answers with the result. It prints its port.
const http = require('node:http');
const { fastify } = require('fastify');
const express = require('express');
const undici = require('undici7');
const { otlpExporter } = require('@waymark/core/otlp');
const { tracing: expressTracing } = require('@waymark/express');
const { tracing: fastifyTracing } = require('@waymark/fastify');

const [framework, url, next] = process.argv.slice(2);
const options = { serviceName: 'service', exporter: otlpExporter({ url, batch: { scheduleDelayMs: 60_000 } }) };

const textOf = async (promise) => (await promise).text();
const failureOf = async (promise) => {
  try {
    return `answered ${(await promise).status}`;
  } catch (error) {
    return `${error.name} ${error.code ?? ''}`.trim();
  }
};
const getByNode = (target) =>
  new Promise((resolve, reject) => {
    http.get(target, (response) => response.resume().on('end', () => resolve('ok'))).on('error', reject);
  });

const calls = {
  fetch: () => textOf(fetch(`${next}/fetch`)),
  url: () => textOf(fetch(new URL(`${next}/url`), { headers: { 'x-own': '1' } })),
  request: () =>
    textOf(
      fetch(
        new Request(`${next}/request`, { method: 'post', body: '{"a":1}', headers: { 'content-type': 'text/own' } }),
      ),
    ),
  options: () => {
    const request = new Request(`${next}/options`, { headers: { 'x-own': '1' } });
    return textOf(fetch(request, { method: 'PUT', body: 'text', headers: [['x-other', '2']] }));
  },
  own: () =>
    textOf(
      fetch(`${next}/own`, { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } }),
    ),
  moved: () => textOf(fetch(`${next}/moved`)),
  'not-found': () => failureOf(fetch(`${next}/not-found`)),
  refused: () => failureOf(fetch('http://127.0.0.1:1/')),
  aborted: () => {
    const controller = new AbortController();
    const promise = failureOf(fetch(`${next}/never`, { signal: controller.signal }));
    controller.abort();
    return promise;
  },
  data: () => textOf(fetch('data:text/plain,here')),
  'no-url': () => failureOf(fetch('no url')),
  node: () => getByNode(`${next}/node`),
  undici: async () => (await undici.request(`${next}/undici`)).body.text(),
  unhandled: async () => {
    const reported = new Promise((resolve) => process.once('unhandledRejection', () => resolve('reported')));
    fetch('http://127.0.0.1:1/');
    return reported;
  },
};

async function start() {
  if (framework === 'fastify') {
    const app = fastify();
    await app.register(fastifyTracing, options);
    app.get('/calls/:call', (request) => calls[request.params.call]());
    await app.listen({ host: '127.0.0.1', port: 0 });
    return app.server;
  }
  const app = express();
  app.use(expressTracing(options));
  app.get('/calls/:call', async (request, response) => response.send(await calls[request.params.call]()));
  const server = http.createServer(app);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

start().then((server) => console.log(server.address().port));
