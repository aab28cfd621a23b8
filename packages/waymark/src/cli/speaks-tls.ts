/** Finds out whether a server uses TLS. */
import { connect } from 'node:tls';

const timeoutMs = 2000;

/** Never rejects. Ignores the certificate, since nothing is sent. */
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
