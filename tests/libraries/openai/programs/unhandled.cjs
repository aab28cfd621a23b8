// Calls that are refused: one is not handled, the others are, each in another way.
const { createServer } = require('node:http');
const OpenAI = require('openai');
const { createTracer, setDefaultTracer } = require('@waymark/core');
const { traceOpenai } = require('@waymark/core/libraries');
const { inMemoryExporter } = require('@waymark/core/testing');

traceOpenai(OpenAI);
const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, logLevel: 'none', env: {} });
setDefaultTracer(tracer);
process.on('unhandledRejection', (reason) => console.log('unhandled', reason.constructor.name));

const server = createServer((request, response) => {
  request.resume();
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
});

server.listen(0, '127.0.0.1', async () => {
  const client = new OpenAI({ apiKey: 'k', baseURL: `http://127.0.0.1:${server.address().port}`, maxRetries: 0 });
  const ask = (model) => client.chat.completions.create({ model, messages: [] });
  tracer.withSpan('root', () => {
    ask('a'); // not handled
    ask('b').catch(() => {});
    ask('c')
      .asResponse()
      .catch(() => {});
    ask('d')
      ._thenUnwrap((answer) => answer)
      .catch(() => {});
  });
  while (exporter.spans.filter(({ name }) => name.startsWith('chat')).length < 4) await new Promise(setImmediate);
  await new Promise(setImmediate);
  const names = exporter.spans.map(({ name }) => name).filter((name) => name.startsWith('chat'));
  console.log('spans', names.sort().join());
  process.exit();
});
