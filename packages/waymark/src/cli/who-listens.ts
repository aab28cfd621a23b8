/** What is at a port where a collector should be. */
import { connect } from 'node:net';
import { findPortOwner } from '../server/port-owner.ts';
import type { Diagnosis } from './doctor.ts';

const timeoutMs = 1000;

export async function whoListens({ hostname, port: text, protocol }: URL): Promise<Diagnosis | undefined> {
  const port = Number(text) || (protocol === 'https:' ? 443 : 80);
  if (!(await isOpen(hostname.replace(/^\[|\]$/g, ''), port))) return undefined;
  const { description } = await findPortOwner(port);
  return {
    state: 'note',
    text: `What listens at ${hostname}:${port} is ${description}.`,
    remedy: `Start a collector at another port, and send there: npx waymark --port ${port + 1}`,
  };
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
