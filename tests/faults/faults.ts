// Faults of a collector, and what should happen to the spans meanwhile.
import type { Socket } from 'node:net';
import { pipeline, Readable, type Writable } from 'node:stream';
import type { Fault } from './faulty-collector.ts';

export interface FaultCase {
  readonly title: string;
  readonly fault: Fault;
  /** Whether the address begins with https. */
  readonly isSecure?: true;
  /** Whether the exporter notices only after a time limit. */
  readonly isSlow?: true;
}

/** The reason for dropping the spans, and the message. */
export interface HopelessCase extends FaultCase {
  readonly reason: string;
  readonly says: RegExp;
  /** Default 3: one for each batch. */
  readonly requests?: number;
}

const answer = (status: number, headers: () => Record<string, string> = () => ({})): Fault => ({
  onRequest: (request, response) => {
    request.resume().on('end', () => response.writeHead(status, headers()).end('{"message":"not today"}'));
  },
});

const rawAnswer = (text: string): Fault => ({
  onSocket: (socket) => {
    socket.once('data', () => socket.write(text));
  },
});

/** Writes continuously, as fast as the client reads. */
function flood(target: Writable, part: string): void {
  const parts = function* (): Iterable<string> {
    for (;;) yield part;
  };
  pipeline(Readable.from(parts()), target, () => {});
}

/** Faults that may pass: no span is lost. */
export const passingFaults: readonly FaultCase[] = [
  { title: 'does not listen', fault: { isClosed: true } },
  ...[429, 502, 503, 504].map((status) => ({ title: `answers ${status}`, fault: answer(status) })),
  { title: 'answers 429 with Retry-After in seconds', fault: answer(429, () => ({ 'retry-after': '1' })) },
  {
    title: 'answers 503 with Retry-After as a date',
    fault: answer(503, () => ({ 'retry-after': new Date(Date.now() + 1000).toUTCString() })),
  },
  { title: 'takes connections and says nothing', isSlow: true, fault: { onSocket: (socket) => socket.resume() } },
  { title: 'takes requests and never answers', isSlow: true, fault: { onRequest: (request) => request.resume() } },
  {
    title: 'answers byte by byte',
    isSlow: true,
    fault: {
      onRequest: (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(timer));
      },
    },
  },
  { title: 'ends the connection after the headers', fault: { onRequest: (_request, { socket }) => socket?.end() } },
  {
    title: 'resets the connection within the body',
    fault: { onSocket: (socket) => socket.once('data', () => socket.resetAndDestroy()) },
  },
  { title: 'resets the connection at once', fault: { onSocket: (socket) => socket.resetAndDestroy() } },
  {
    title: 'is cut within its answer',
    fault: {
      onRequest: (_request, response) => {
        response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy());
      },
    },
  },
  { title: 'speaks TLS where HTTP is expected', fault: { speaks: 'https' } },
  { title: 'speaks HTTP where TLS is expected', isSecure: true, fault: { speaks: 'http' } },
  { title: 'has a certificate that no authority has signed', isSecure: true, fault: { certificate: 'of-nobody.pem' } },
  { title: 'has an expired certificate', isSecure: true, fault: { certificate: 'expired.pem' } },
  { title: 'has the certificate of another host', isSecure: true, fault: { certificate: 'of-another-host.pem' } },
  {
    title: 'closes a kept connection as it is used again',
    fault: {
      onRequest: ({ socket }, response) => {
        if (servedOnce.has(socket)) socket.destroy();
        else response.writeHead(503).end();
        servedOnce.add(socket);
      },
    },
  },
];

const servedOnce = new WeakSet<Socket>();

/** Faults that stay: the spans are dropped, and the reason is reported once and at once. */
export const hopelessFaults: readonly HopelessCase[] = [
  ...[400, 401, 404, 500].map((status) => ({
    title: `answers ${status}`,
    fault: answer(status),
    reason: `http-${status}`,
    says: new RegExp(`HTTP ${status}`),
  })),
  {
    title: 'answers 413, whatever the size: halves are tried, down to one span',
    fault: answer(413),
    reason: 'http-413',
    says: /will be tried again: .*HTTP 413/,
    // A tree with n leaves has 2n - 1 nodes: three batches make three trees with 25 leaves in total.
    requests: 2 * 25 - 3,
  },
  {
    title: 'is a web server',
    fault: answer(200, () => ({ 'content-type': 'text/html' })),
    reason: 'not-a-receiver',
    says: /HTTP 200 with a web page/,
  },
  {
    title: 'redirects',
    fault: answer(307, () => ({ location: 'http://127.0.0.1:1/' })),
    reason: 'http-307',
    says: /HTTP 307.*redirects are not followed/,
  },
  {
    title: 'changes to another protocol',
    fault: rawAnswer('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
    reason: 'http-101',
    says: /HTTP 101/,
  },
  {
    title: 'is another kind of server',
    fault: rawAnswer('SSH-2.0-OpenSSH_9.9\r\n'),
    reason: 'bad-response',
    says: /the answer is not HTTP\/1/,
  },
  {
    title: 'is for gRPC',
    // RFC 9113, 3.4: a server's preface is a SETTINGS frame.
    fault: { onSocket: (socket) => socket.write(Buffer.from('00000c04000000000000053fffff', 'hex')) },
    reason: 'bad-response',
    says: /gRPC/,
  },
  {
    title: 'breaks off the rules of chunks',
    fault: rawAnswer('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnot a number\r\n'),
    reason: 'bad-response',
    says: /chunk size/i,
  },
  {
    title: 'has headers without end',
    fault: { onSocket: (socket) => flood(socket, `HTTP/1.1 200 OK\r\n${'x-long: header\r\n'.repeat(4096)}`) },
    reason: 'bad-response',
    says: /overflow/i,
  },
  {
    title: 'sends endless interim responses',
    fault: { onSocket: (socket) => flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)) },
    reason: 'bad-response',
    says: /more than 100 interim answers/,
  },
  {
    title: 'sends an endless response',
    fault: { onRequest: (_request, response) => flood(response.writeHead(200), ' '.repeat(65_536)) },
    reason: 'response-too-large',
    says: /longer than 4194304 bytes/,
  },
];
