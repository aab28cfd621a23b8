import { MessageChannel } from 'node:worker_threads';
import { createUrgentCalls, type UrgentCalls } from './give-way.ts';

const { port1: sender, port2: port } = new MessageChannel();

afterAll(() => sender.close());

test('an urgent call runs during a read, but not during another urgent call', () => {
  const order: string[] = [];
  const calls: UrgentCalls = createUrgentCalls(port, ({ id }) => {
    order.push(`begin ${id}`);
    calls.letIn();
    order.push(`end ${id}`);
  });
  calls.start();
  for (const id of [1, 2]) sender.postMessage({ id, method: 'add', args: [] });
  // The number of steps is limited, so that the test fails instead of hanging.
  const deadlineMs = performance.now() + 10_000;
  while (order.length < 4 && performance.now() < deadlineMs) calls.giveWay();
  order.push('end of the read');
  expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'end of the read']);
});

test('a read goes on under constant urgent calls', () => {
  let ran = 0;
  const { port1, port2 } = new MessageChannel();
  const calls = createUrgentCalls(port2, () => {
    ran++;
    port1.postMessage({ id: ran, method: 'add', args: [] });
  });
  calls.start();
  port1.postMessage({ id: 0, method: 'add', args: [] });
  calls.letIn();
  expect(ran).toBe(16);
  port1.close();
});
