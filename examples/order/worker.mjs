// Takes orders out of Kafka, reserves the dish by gRPC, and tells the customer by Socket.IO.
import { createServer } from 'node:http';
import { getTracer } from '@waymark/core';
import { Server } from 'socket.io';
import { openKafka, orders } from './kafka.js';
import { listen } from './processes.js';
import { connectToStock } from './stock-service.js';

getTracer({ serviceName: 'worker' });

const stock = connectToStock(process.env.STOCK_ADDRESS);

const http = createServer();
const io = new Server(http);
io.on('connection', (socket) => socket.join(`customer ${socket.handshake.auth.customer}`));

const consumer = openKafka('worker').consumer({ groupId: `waymark-order-${process.pid}` });
const hasJoined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
await consumer.connect();
await consumer.subscribe({ topic: orders });
await consumer.run({
  async eachMessage({ message }) {
    const { customer, dish } = JSON.parse(message.value.toString());
    const { left } = await stock.reserve({ dish });
    io.to(`customer ${customer}`).emit('order.reserved', { dish, left });
  },
});
await hasJoined;

http.listen(0, '127.0.0.1', () => listen(http.address().port));
process.on('SIGTERM', async () => {
  io.close();
  stock.close();
  await consumer.disconnect();
});
