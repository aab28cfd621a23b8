// A Redis cluster: three masters, each with a third of the slots, without replicas.
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { programsOf } from './programs.ts';
import { runRedis } from './redis.ts';
import type { Service } from './service.ts';
import { tryPorts } from './try-ports.ts';

const run = promisify(execFile);

const slotCount = 16_384;

export interface RedisCluster {
  /** `stop()` of each ends that node alone. */
  readonly nodes: readonly Service[];
  stop(): Promise<void>;
}

export function startRedisCluster(): Promise<RedisCluster> {
  const cli = programsOf('redis')['redis-cli'] as string; // programsOf() has found all
  const send = async (port: number, ...command: readonly (string | number)[]): Promise<string> =>
    (await run(cli, ['-p', `${port}`, ...command.map(String)])).stdout.trim();

  return tryPorts(6, async (all) => {
    const [ports, busPorts] = [all.slice(0, 3), all.slice(3)];
    const started = await Promise.allSettled(
      ports.map((port, index) => runRedis(port, ['--cluster-enabled', 'yes', '--cluster-port', `${busPorts[index]}`])),
    );
    const nodes = started.flatMap((one, index) => {
      const port = ports[index] ?? 0;
      if (one.status === 'rejected') return [];
      return [
        {
          host: '127.0.0.1',
          port,
          user: '',
          password: '',
          database: '0',
          url: `redis://127.0.0.1:${port}`,
          ...one.value,
        },
      ];
    });
    const stop = async (): Promise<void> => {
      await Promise.all(nodes.map((node) => node.stop()));
    };
    try {
      for (const one of started) if (one.status === 'rejected') throw one.reason;
      const slotOf = (index: number) => Math.floor((index * slotCount) / ports.length);
      for (const [index, port] of ports.entries()) {
        await send(port, 'CLUSTER', 'ADDSLOTSRANGE', slotOf(index), slotOf(index + 1) - 1);
        await send(port, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
        if (index > 0) await send(port, 'CLUSTER', 'MEET', '127.0.0.1', ports[0] ?? 0, busPorts[0] ?? 0);
      }
      // A node does not report when it knows the others, so it is polled.
      for (const port of ports) {
        while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(await send(port, 'CLUSTER', 'INFO')))
          await wait(20);
      }
    } catch (error) {
      await stop();
      throw error;
    }
    return { nodes, stop };
  });
}
