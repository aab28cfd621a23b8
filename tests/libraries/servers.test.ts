// The servers of tests/services start, answer, and leave nothing behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectNats } from '@nats-io/transport-node';
import { connect as connectAmqp } from 'amqplib';
import { Cluster, Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { describeWith } from '../services/describe-with.ts';
import { startRedisCluster } from '../services/redis-cluster.ts';
import type { Service, ServiceName } from '../services/service.ts';
import { startService } from '../services/start-service.ts';

/** The services that are processes. */
type ServerName = Exclude<ServiceName, 'aws'>;

const ask: Readonly<Record<ServerName, (service: Service) => Promise<unknown>>> = {
  async postgres({ url }) {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query('SELECT $1::int + 1 AS sum', [1]);
    await client.end();
    return rows;
  },
  async mariadb({ url }) {
    const connection = await createConnection(url);
    const [rows] = await connection.execute('SELECT ? + 1 AS sum', [1]);
    await connection.end();
    return rows;
  },
  async redis({ url }) {
    const redis = new Redis(url);
    const sum = await redis.incr('sum');
    redis.disconnect();
    return [{ sum: sum + 1 }];
  },
  async mongo({ url }) {
    const client = new MongoClient(url);
    const sums = client.db().collection('sums');
    await sums.insertOne({ sum: 2 });
    const found = await sums.find({}, { projection: { _id: 0 } }).toArray();
    await client.close();
    return found;
  },
  async rabbitmq({ url }) {
    const connection = await connectAmqp(url);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('sums');
    channel.sendToQueue(queue, Buffer.from('{"sum":2}'));
    const message = await new Promise((resolve) => channel.consume(queue, resolve, { noAck: true }));
    await connection.close();
    return [JSON.parse(`${(message as { content: Buffer }).content}`)];
  },
  async kafka({ url }) {
    const kafka = new Kafka({ brokers: [url], logLevel: logLevel.NOTHING });
    const [producer, consumer] = [kafka.producer(), kafka.consumer({ groupId: 'sums' })];
    await producer.connect();
    await producer.send({ topic: 'sums', messages: [{ value: '{"sum":2}' }] });
    await producer.disconnect();
    await consumer.connect();
    await consumer.subscribe({ topic: 'sums', fromBeginning: true });
    const value = await new Promise((resolve) =>
      consumer.run({ eachMessage: async ({ message }) => resolve(message.value) }),
    );
    await consumer.disconnect();
    return [JSON.parse(`${value}`)];
  },
  async nats({ url }) {
    const connection = await connectNats({ servers: url });
    connection.subscribe('sums', { max: 1, callback: (_, message) => void message.respond('{"sum":2}') });
    const answer = await connection.request('sums');
    await connection.close();
    return [answer.json()];
  },
};

const names = Object.keys(ask) as ServerName[];

describe.each(names)('%s', (name) => {
  describeWith(name)('the server', () => {
    test('answers', async () => {
      const service = await startService[name]();
      expect(await ask[name](service)).toEqual([{ sum: 2 }]);
      await service.stop();
    });

    test('leaves nothing behind when it is stopped', async () => {
      const { port, folder, child } = await startInProcess(name);
      expect([await accepts(port), readdirSync(folder)]).toEqual([true, [expect.any(String)]]);
      const ended = once(child, 'exit');
      child.stdin?.end();
      expect(await ended).toEqual([0, null]);
      expect([await accepts(port), readdirSync(folder)]).toEqual([false, []]);
    });

    test('leaves nothing behind when a signal kills the process of the test', async () => {
      const { port, folder, child } = await startInProcess(name);
      child.kill('SIGKILL');
      while ((await accepts(port)) || readdirSync(folder).length > 0) await new Promise(setImmediate);
    });
  });
});

/** A process that starts a server, and stops it when the input ends. Its temporary files are in `folder`. */
async function startInProcess(name: ServerName): Promise<{ port: number; folder: string; child: ChildProcess }> {
  const folder = mkdtempSync(join(tmpdir(), 'waymark-servers-'));
  chmodSync(folder, 0o1777); // PostgreSQL runs as another user
  const script = `
    require(${JSON.stringify(join(__dirname, '../services', `${name}.ts`))}).${startService[name].name}().then(({ port, stop }) => {
      console.log(port);
      process.stdin.on('end', stop).resume();
    });
  `;
  const child = spawn(process.execPath, ['--require=esbuild-register', '--eval', script], {
    cwd: __dirname,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  return { port: Number(port), folder, child };
}

describeWith('redis')('a Redis cluster', () => {
  test('redirects to the node that has a key', async () => {
    const { nodes, stop } = await startRedisCluster();
    const cluster = new Cluster(nodes.slice(0, 1).map(({ host, port }) => ({ host, port })));
    const keys = Array.from({ length: 30 }, (_, at) => `key-${at}`);
    expect(await Promise.all(keys.map((key) => cluster.set(key, '1')))).toEqual(keys.map(() => 'OK'));
    expect(cluster.nodes('master')).toHaveLength(3);
    cluster.disconnect();
    await stop();
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
