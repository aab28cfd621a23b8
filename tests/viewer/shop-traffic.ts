/** A few traces with data for each screen: three services, a database, an error with its stack. */
import type { SpanToSend } from './send-spans.ts';

/** @param count The number of traces: the newest is one second old, each other one a second older. Every fifth fails. */
export function shopTraffic(count: number, { nowMs = Date.now(), firstTrace = 1 } = {}): SpanToSend[] {
  return Array.from({ length: count }, (_, index) =>
    oneTrace(firstTrace + index, nowMs - 1000 * (index + 1), index),
  ).flat();
}

function oneTrace(trace: number, startMs: number, index: number): SpanToSend[] {
  const durationMs = 20 + index * 10;
  const isFailed = index % 5 === 4;
  const error = {
    type: 'TypeError',
    message: "Cannot read properties of undefined (reading 'email')",
    stack: `TypeError: Cannot read properties of undefined (reading 'email')\n    at loadUser (/app/users.js:12:7)`,
  };
  return [
    {
      ...{
        trace,
        span: 1,
        service: 'gateway',
        name: index % 2 === 0 ? 'GET /orders/:id' : 'GET /users/:id',
        startMs,
        durationMs,
      },
      attributes: { 'http.request.method': 'GET', 'http.route': index % 2 === 0 ? '/orders/:id' : '/users/:id' },
      ...(isFailed ? { error } : {}),
    },
    {
      trace,
      span: 2,
      parent: 1,
      service: 'gateway',
      name: 'GET',
      kind: 'client',
      startMs: startMs + 1,
      durationMs: durationMs - 2,
    },
    {
      ...{
        trace,
        span: 3,
        parent: 2,
        service: 'orders',
        name: 'GET /orders/:id',
        kind: 'server',
        startMs: startMs + 2,
      },
      ...{ durationMs: durationMs - 4, attributes: { 'user.id': `u${index}` }, ...(isFailed ? { error } : {}) },
    },
    {
      ...{ trace, span: 4, parent: 3, service: 'orders', name: 'SELECT orders', kind: 'client', startMs: startMs + 3 },
      ...{ durationMs: 5, attributes: { 'db.system.name': 'postgresql', 'server.address': 'db' } },
    },
  ];
}
