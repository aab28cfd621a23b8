// No message that is never acknowledged stays in memory.
import { createUnsettledMessages, type UnsettledMessage } from './unsettled-messages.ts';

function message(name: string, given: string[]): UnsettledMessage {
  return { sinceMs: 0, giveUp: () => void given.push(name) };
}

test('gives the oldest up when there are too many', () => {
  const given: string[] = [];
  const messages = createUnsettledMessages({ maxMessages: 2 });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => message(name, given)) as [
    UnsettledMessage,
    UnsettledMessage,
    UnsettledMessage,
    UnsettledMessage,
  ];
  messages.add(a);
  messages.add(b);
  expect(given).toEqual([]);
  messages.add(c);
  expect(given).toEqual(['a']);
  messages.remove(b);
  messages.add(d);
  expect(given).toEqual(['a']);
  expect(messages.size).toBe(2);
});

test('gives up what is too old, and goes on watching the others', async () => {
  const given: string[] = [];
  let nowMs = 0;
  const messages = createUnsettledMessages({ maxAgeMs: 20, monotonicMs: () => nowMs });
  messages.add(message('old', given));
  nowMs = 19;
  messages.add(message('young', given));
  nowMs = 20;
  const next = (count: number) =>
    new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (given.length < count) return;
        clearInterval(look);
        resolve();
      }, 1);
    });
  await next(1);
  expect(given).toEqual(['old']);
  nowMs = 39;
  await next(2);
  expect(given).toEqual(['old', 'young']);
  expect(messages.size).toBe(0);
});

test('goes on if the end of one throws', () => {
  const given: string[] = [];
  const messages = createUnsettledMessages({ maxMessages: 1 });
  const hostile: UnsettledMessage = {
    sinceMs: 0,
    giveUp() {
      throw new Error('hostile');
    },
  };
  for (const one of [hostile, message('a', given), message('b', given)]) messages.add(one);
  expect(given).toEqual(['a']);
});
