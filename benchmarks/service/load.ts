// Sends requests over keep-alive sockets with as little work as possible, since it shares the machine with the measured service.
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface Target {
  readonly port: number;
  readonly path: string;
}

/** Connections to a service that stay open between rounds, as a proxy's do. */
export interface Load {
  /**
   * Sends `count` requests, one on each socket at once, and the next when all are answered. Resolves with the milliseconds it took.
   *
   * A socket does not send its next request as soon as its last is answered. Then the relative speed of service and load would decide whether
   * the service reads one request at a time or sixteen. One at a time they cost half as much again, which would look like the
   * cost, or the gain, of tracing.
   */
  send(count: number): Promise<number>;
  close(): void;
}

export async function openLoad(target: Target, connections: number): Promise<Load> {
  const request = requestFor(target);
  const sockets = await openSockets(target.port, connections);
  let sent = 0;
  let unanswered = 0;
  let wanted = 0;
  let settle: { resolve(): void; reject(error: Error): void } | undefined;
  let failure: Error | undefined;

  function fail(error: Error): void {
    failure ??= error;
    settle?.reject(failure);
  }

  function sendNext(): void {
    if (sent >= wanted) settle?.resolve();
    for (const socket of sockets) {
      if (sent >= wanted) return;
      sent++;
      unanswered++;
      socket.write(request);
    }
  }

  for (const socket of sockets) {
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('The service has closed a connection.')));
    socket.on('data', (data: Buffer) => {
      if (!isAnswered(data)) fail(unexpected(data));
      else if (--unanswered === 0) sendNext();
    });
  }

  return {
    async send(count) {
      const startMs = performance.now();
      const stopSpinning = spin();
      [sent, wanted] = [0, count];
      await new Promise<void>((resolve, reject) => {
        settle = { resolve, reject };
        if (failure === undefined) sendNext();
        else reject(failure);
      }).finally(stopSpinning);
      return performance.now() - startMs;
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/**
 * Keeps this process from sleeping. Waking it would cost the service several microseconds in each of its
 * writes, and only if the service is slower than the load, which would look like the cost of tracing.
 */
function spin(): () => void {
  let isSpinning = true;
  const again = (): void => {
    if (isSpinning) setImmediate(again);
  };
  again();
  return () => {
    isSpinning = false;
  };
}

/**
 * Sends requests at a fixed rate, whether the earlier ones are answered or not, as users do. Resolves with how long
 * each took, in milliseconds, from the moment it was due: a service that falls behind shows it.
 */
export async function sendAtRate(target: Target, perSecond: number, seconds: number): Promise<number[]> {
  const request = requestFor(target);
  const sockets = await openSockets(target.port, 64);
  const idle = [...sockets];
  const due: number[] = [];
  const latencies: number[] = [];
  const total = Math.round(perSecond * seconds);
  const dueAt = new Map<Socket, number>();

  await new Promise<void>((resolve, reject) => {
    const startMs = performance.now();
    let scheduled = 0;
    const dispatch = (): void => {
      while (due.length > 0 && idle.length > 0) {
        const socket = idle.pop() as Socket; // not empty: checked by the loop
        dueAt.set(socket, due.shift() as number); // not empty: checked by the loop
        socket.write(request);
      }
    };
    const timer = setInterval(() => {
      const shouldBe = Math.min(total, Math.floor(((performance.now() - startMs) / 1000) * perSecond));
      for (; scheduled < shouldBe; scheduled++) due.push(startMs + (scheduled / perSecond) * 1000);
      dispatch();
    }, 1);
    for (const socket of sockets) {
      socket.on('error', reject);
      socket.on('data', (data: Buffer) => {
        if (!isAnswered(data)) reject(unexpected(data));
        latencies.push(performance.now() - (dueAt.get(socket) ?? 0));
        idle.push(socket);
        dispatch();
        if (latencies.length < total) return;
        clearInterval(timer);
        resolve();
      });
    }
  });
  for (const socket of sockets) socket.end();
  return latencies;
}

function requestFor({ path }: Target): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: shop.example.com:8080\r\nUser-Agent: waymark-bench/1.0\r\n\r\n`);
}

/** The answers are small enough to come in one piece. */
function isAnswered(data: Buffer): boolean {
  return data.includes('HTTP/1.1 200') && data[data.length - 1] === 125; // the closing brace
}

function unexpected(data: Buffer): Error {
  return new Error(`The service answered:\n${data}`);
}

function openSockets(port: number, count: number): Promise<Socket[]> {
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket.setNoDelay()));
      socket.once('error', reject);
    });
  return Promise.all(Array.from({ length: count }, open));
}
