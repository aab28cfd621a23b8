// Kafka 3.9, one broker that is its own controller (KRaft). `prepare.mjs` brings its jars. A topic is made when it is first used.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

const run = promisify(execFile);

// Any 16 bytes in base64url.
const clusterId = 'd2F5bWFyay1rYWZrYS0xMg';

export function startKafka(): Promise<Service> {
  const { java, kafka: jars } = programsOf('kafka') as { java: string; kafka: string };
  return tryPorts(2, async ([port = 0, controllerPort = 0]) => {
    const folder = await makeFolder('kafka');
    const settings = join(folder, 'server.properties');
    await writeFile(settings, settingsFor(join(folder, 'data'), port, controllerPort).join('\n'));
    // It runs for seconds, so compiling well does not pay.
    const common = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')];
    const format = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settings];
    await run(java, [...common, ...format], { cwd: folder });
    const server = await runServer({
      command: java,
      args: ['-Xmx256m', ...common, 'kafka.Kafka', settings],
      folder,
      ready: /Kafka Server started/,
      signal: 'KILL',
    });
    const url = `127.0.0.1:${port}`;
    return { host: '127.0.0.1', port, user: '', password: '', database: '', url, stop: server.stop };
  });
}

function settingsFor(data: string, port: number, controllerPort: number): readonly string[] {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    `log.dirs=${data}`,
    // One of each, and no waiting for other consumers.
    'num.partitions=1',
    'offsets.topic.num.partitions=1',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=1',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
  ];
}
