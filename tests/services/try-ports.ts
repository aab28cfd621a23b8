// For servers that cannot choose a free port themselves.
import { findFreePorts } from '../backends/free-ports.ts';

// In the words of RabbitMQ, EADDRINUSE, and "could not bind to distribution port".
const taken = /address (?:is )?already in use|eaddrinuse|could not bind/i;

/** Tries other ports if another process takes one before the server does. */
export async function tryPorts<Result>(
  count: number,
  start: (ports: readonly number[]) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePorts(count));
    } catch (error) {
      if (attempt === 3 || !taken.test(String(error))) throw error;
    }
  }
}
