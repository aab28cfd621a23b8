// RabbitMQ, from Debian's package `rabbitmq-server`.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programsOf } from './programs.ts';
import { makeFolder, runServer } from './run-server.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

export function startRabbitmq(): Promise<Service> {
  const programs = programsOf('rabbitmq') as { 'rabbitmq-server': string; epmd: string };
  return tryPorts(3, async ([port = 0, distributionPort = 0, epmdPort = 0]) => {
    const folder = await makeFolder('rabbitmq');
    // Erlang would start the registry of its nodes itself, and leave it behind.
    const epmdFolder = join(folder, 'epmd');
    await mkdir(epmdFolder);
    const epmd = await runServer({
      command: programs.epmd,
      args: ['-d', '-port', `${epmdPort}`, '-address', '127.0.0.1'],
      folder: epmdFolder,
      ready: /epmd running/,
      signal: 'KILL',
    });
    const plugins = join(folder, 'plugins');
    await writeFile(plugins, '[].');
    try {
      const server = await runServer({
        command: programs['rabbitmq-server'],
        args: [],
        folder,
        ready: /Server startup complete/,
        signal: 'KILL',
        env: {
          HOME: folder, // for the cookie that Erlang writes there
          RUNNING_UNDER_SYSTEMD: 'true', // its script becomes the server, rather than its parent
          ERL_EPMD_PORT: `${epmdPort}`,
          ERL_EPMD_ADDRESS: '127.0.0.1',
          RABBITMQ_NODENAME: 'waymark@localhost',
          RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
          RABBITMQ_NODE_PORT: `${port}`,
          RABBITMQ_DIST_PORT: `${distributionPort}`,
          RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
          RABBITMQ_LOG_BASE: join(folder, 'log'),
          RABBITMQ_LOGS: '-', // standard output
          RABBITMQ_PID_FILE: join(folder, 'pid'),
          RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
          RABBITMQ_CONF_ENV_FILE: '/dev/null',
          RABBITMQ_CONFIG_FILE: join(folder, 'no-settings'),
          RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        },
      });
      const [user, password] = ['guest', 'guest'];
      const url = `amqp://${user}:${password}@127.0.0.1:${port}`;
      const stop = async () => {
        await server.stop();
        await epmd.stop();
      };
      return { host: '127.0.0.1', port, user, password, database: '/', url, stop };
    } catch (error) {
      await epmd.stop();
      throw error;
    }
  });
}
