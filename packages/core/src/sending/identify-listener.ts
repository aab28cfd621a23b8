/** Finds out which protocol a server speaks that closed the connection of an HTTP/1 request. */
import net from 'node:net';

/** `http2` is a server that speaks only HTTP/2, as gRPC servers do. */
export type Listener = 'tls' | 'http1' | 'http2' | 'unknown';

// RFC 9113, section 3.4: the first bytes of an HTTP/2 client, with its empty SETTINGS frame.
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1');

const settingsFrame = 4;

/** Whether bytes begin with a SETTINGS frame, as those of each HTTP/2 server do. */
export function isHttp2(bytes: Buffer): boolean {
  return bytes.length >= 9 && bytes[0] === 0 && bytes[3] === settingsFrame && bytes.readUInt32BE(5) === 0;
}

/** Whether bytes begin with a TLS record, such as the alert for a client that does not use TLS. */
export function isTls(bytes: Buffer): boolean {
  return bytes.length >= 2 && (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3;
}

/** Sends only greetings. Never rejects. */
export async function identifyListener({ host, hostname, port, protocol }: URL, timeoutMs: number): Promise<Listener> {
  const address = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  };
  const plainly = (greeting: Buffer | string): Promise<unknown> =>
    greet(net.connect(address), 'data', timeoutMs, (socket) => socket.write(greeting));
  const overTls = (protocol: string): Promise<unknown> => {
    // The certificate does not matter: no data is sent.
    const options = { ...address, ALPNProtocols: [protocol], rejectUnauthorized: false };
    const socket = process.getBuiltinModule('node:tls').connect(options);
    return greet(socket, 'secureConnect', timeoutMs).then((greeted) => greeted && (socket.alpnProtocol || 'any'));
  };
  const [toHttp2, toHttp1, h2OverTls, http1OverTls] = await Promise.all([
    plainly(preface),
    plainly(`OPTIONS * HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    overTls('h2'),
    overTls('http/1.1'),
  ]);
  if (h2OverTls || http1OverTls) return h2OverTls === 'h2' && !http1OverTls ? 'http2' : 'tls';
  if (String(toHttp1).startsWith('HTTP/1.')) return 'http1'; // some servers speak both on one port
  return Buffer.isBuffer(toHttp2) && isHttp2(toHttp2) ? 'http2' : 'unknown';
}

/** The event's argument, or `true`; `false` if the event does not come in time. */
function greet(
  socket: net.Socket,
  event: 'data' | 'secureConnect',
  timeoutMs: number,
  onConnect: (socket: net.Socket) => void = () => {},
): Promise<unknown> {
  return new Promise((resolve) => {
    const answer = (greeting: unknown): void => {
      clearTimeout(timer);
      resolve(greeting);
      setImmediate(() => socket.destroy()); // the caller reads the negotiated protocol first
    };
    const timer = setTimeout(answer, timeoutMs, false);
    socket.on('connect', () => onConnect(socket));
    socket.on(event, (greeting: unknown = true) => answer(greeting));
    socket.on('error', () => answer(false));
    socket.on('close', () => answer(false));
  });
}
