// A stream that is read, one that never is, and a promise that is dropped. It needs --expose-gc.
const { createServer } = require('node:http');
const { setTimeout: wait } = require('node:timers/promises');
const OpenAI = require('openai4');
const { createTracer, setDefaultTracer } = require('@waymark/core');
const { traceOpenai } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');

traceOpenai(OpenAI);
const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);
const streams = [];

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(`data: ${JSON.stringify({ id: '1', model: 'm', choices: [] })}\n\ndata: [DONE]\n\n`);
});

server.listen(0, '127.0.0.1', async () => {
  const client = new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${server.address().port}` });
  const ask = (model) => client.chat.completions.create({ model, messages: [], stream: true });
  await tracer.withSpan('a', async () => {
    for await (const _ of await ask('read'));
    streams.push(new WeakRef(await ask('unread')));
    ask('dropped');
  });
  const deadline = Date.now() + 20_000;
  const names = () => exporter.spans.map(({ name }) => name).filter((name) => name !== 'a');
  while (names().length < 3 && Date.now() < deadline) {
    await wait(10);
    globalThis.gc();
  }
  const [first, ...rest] = names();
  console.log([first, ...rest.sort().reverse()].join('\n'));
  console.log(streams.every((stream) => stream.deref() === undefined) ? 'empty' : 'kept');
  process.exit();
});
