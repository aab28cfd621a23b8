// A plain node:http server, traced: wrap its handler.
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { activeSpan, withSpan } from '@waymark/core';
import { setRoute, traceHandler } from '@waymark/core/http';

async function handle(request, response) {
  // There is no router. Without this line the span is called just GET: paths are no names, as there are too many of them.
  setRoute(request, '/hello/:name');
  const name = request.url.slice('/hello/'.length);
  activeSpan().setAttribute('hello.name', name);
  response.end(await withSpan('greet', async () => `Hello, ${name}!`));
}

const server = createServer(traceHandler(handle, { serviceName: 'hello', exporter: 'console' }));

server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}/hello/ada`;
  // A client in its own thread. A call of fetch() in this thread would be traced too.
  new Worker(`fetch('${url}')`, { eval: true }).on('exit', () => server.close());
});

// What you should see:
//
// trace f24d07ce4778f0cf7d122e709955c853  2 spans, 1 service, 5.43 ms
// hello ▸ GET /hello/:name 200 hello.name=ada  5.43 ms  ─────────────────────────
// └─ greet                                     0.42 ms     ╶─╴
