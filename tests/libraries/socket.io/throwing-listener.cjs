// A server with a listener that throws when a connection opens: `throwing-listener.cjs <traced|plain>`. It prints what Node reports.
const { createServer } = require('node:http');
const socketio = require('socket.io');
const { WebSocket } = require('ws');

if (process.argv[2] === 'traced') {
  const { getTracer } = require('@waymark/core');
  const { createHttpTracing } = require('@waymark/core/http');
  const { traceSocketIo } = require('@waymark/core/libraries');
  const { inMemoryExporter } = require('@waymark/core/testing');
  createHttpTracing({
    tracer: getTracer({ exporter: inMemoryExporter(), flushOnExit: false, logLevel: 'none' }),
    outbound: false,
  });
  traceSocketIo(socketio);
}

process.on('unhandledRejection', (error) => {
  console.log(`unhandled: ${error.message}`);
  process.exit();
});

const http = createServer();
const io = new socketio.Server(http);
io.engine.on('connection', () => {
  throw new Error('out of stock');
});
http.listen(0, '127.0.0.1', () => {
  const { port } = http.address();
  new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`).on('error', () => {});
});
