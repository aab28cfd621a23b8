/** Explains which program listens at the port where a collector should be. */
import { connect } from 'node:net';
import { isLoopback } from '../server/allowed-callers.ts';
import { findPortOwner } from '../server/port-owner.ts';
import { takePort } from '../server/take-port.ts';
import type { Diagnosis } from './diagnosis.ts';

const timeoutMs = 1000;

export async function explainListener({ hostname, port: digits, protocol }: URL): Promise<Diagnosis | undefined> {
  const port = Number(digits) || (protocol === 'https:' ? 443 : 80);
  if (!(await isOpen(hostname.replace(/^\[|\]$/g, ''), port))) return undefined;
  const { description, kind } = await findPortOwner(port);
  const text = `The program at ${hostname}:${port} is ${description}.`;
  if (kind === 'waymark' || !isLoopback(hostname)) return { state: 'note', text };
  const free = await findFreePort(port + 1);
  return {
    state: 'note',
    text,
    // In memory, since another collector of this user may have the file.
    remedy: `Start a collector at another port, and send your spans there: npx waymark --port ${free} --memory`,
  };
}

async function findFreePort(from: number): Promise<number> {
  const port = Math.min(from, 65_535);
  const listener = await takePort({ host: undefined, port, ifPortTaken: 'next', name: 'port' }, () => {}).catch(() =>
    takePort({ host: undefined, port: 0, ifPortTaken: 'throw', name: 'port' }, () => {}),
  );
  await listener.close();
  return listener.port;
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const answer = (isThere: boolean): void => {
      resolve(isThere);
      socket.destroy();
    };
    socket
      .on('connect', () => answer(true))
      .on('error', () => answer(false))
      .on('timeout', () => answer(false));
  });
}
