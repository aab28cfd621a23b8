// An ES module with nothing written for Socket.IO and ws. The listener rejects, which nothing handles.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { Server } from 'socket.io';
import { io as connect } from 'socket.io-client';
import { WebSocket, WebSocketServer } from 'ws';

const require = createRequire(import.meta.url); // the sources are compiled for require() only
const { getTracer } = require('@waymark/core');
const { createHttpTracing } = require('@waymark/core/http');
createHttpTracing({ tracer: getTracer({ serviceName: 'service' }), outbound: false });

const http = createServer().listen(0, '127.0.0.1');
await once(http, 'listening');
const { port } = http.address();

const io = new Server(http);
io.on('connection', (socket) => {
  socket.on('order', async () => {
    throw new TypeError('no such dish');
  });
});
const sockets = new WebSocketServer({ noServer: true, path: '/live' });
http.on('upgrade', (request, socket, head) => {
  if (request.url === '/live') sockets.handleUpgrade(request, socket, head, (opened) => opened.on('message', () => {}));
});

const client = new WebSocket(`ws://127.0.0.1:${port}/live`);
await once(client, 'open');
client.send('one');
connect(`http://127.0.0.1:${port}`, { transports: ['websocket'] }).emit('order');
// The rejection ends the process.
