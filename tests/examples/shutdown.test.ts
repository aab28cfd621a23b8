// The first code of docs/shutdown.md, in a real process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startOtlpReceiver } from '@waymark/core/testing';
import { testOnUnix } from '../on-platform.ts';

testOnUnix('signals that a process can catch')(
  'a server that closes on SIGTERM answers the request that is under way, and its span arrives',
  async () => {
    const receiver = await startOtlpReceiver();
    const service = spawn(process.execPath, ['--import', 'tsx', '--conditions=@waymark/source', 'server.mjs'], {
      cwd: join(__dirname, 'shutdown'),
      env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: receiver.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(service, 'exit');
    const [port] = await once(service.stdout, 'data');

    const response = await fetch(`http://127.0.0.1:${String(port).trim()}/orders`, {
      headers: { connection: 'close' },
    });
    expect(await response.json()).toEqual([]);
    expect(await ended).toEqual([0, null]);
    expect(receiver.spans.map(({ name }) => name)).toEqual(['GET /orders']);
    await receiver.close();
  },
);
