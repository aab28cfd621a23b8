/** Whether TLS is spoken at an address. */
import { connect } from 'node:tls';

const timeoutMs = 2000;

/** Never rejects. What certificate there is does not matter: nothing is sent. */
export function speaksTls({ hostname, port }: URL): Promise<boolean> {
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) || 443, rejectUnauthorized: false, timeout: timeoutMs });
    const answer = (speaks: boolean) => (): void => {
      resolve(speaks);
      socket.destroy();
    };
    socket.on('secureConnect', answer(true)).on('error', answer(false)).on('timeout', answer(false));
    socket.on('close', answer(false));
  });
}
