/** Of the held-out shapes: queues, clocks that are off, work in the background. */
import { around, handling, http, publish, query, redis, request, step, times } from './calls.ts';
import { handler } from './held-out-calls.ts';
import type { Operation } from './run-program.ts';
import { inLoop, nPlusOne, type Shape } from './shape.ts';

export const heldOutOdd: readonly Shape[] = [
  {
    name: 'a consumer two services later',
    make: (random) => {
      const last = handling('mails', 'new', 'kafka', 'sent', [around(random, 20)]);
      const second = handling('billing', 'new', 'kafka', 'paid', [
        1,
        { ...publish('billing', 'new', 'kafka', 'sent', 1), body: [1, { start: last, afterMs: around(random, 40) }] },
        1,
      ]);
      const first = publish('shop', 'new', 'kafka', 'paid', 1);
      return handler(
        random,
        [
          ...times(8, () =>
            query('shop', 'new', 'postgresql', 'SELECT * FROM parts WHERE id = $1', around(random, 3), inLoop),
          ),
          { ...first, body: [1, { start: second, afterMs: around(random, 30) }] },
        ],
        nPlusOne,
      );
    },
  },
  {
    name: 'a loop in a consumer',
    make: (random) => {
      const calls = times(10, () =>
        query('mails', 'old', 'postgresql', 'SELECT * FROM users WHERE id = $1', around(random, 3), inLoop),
      );
      const sent = publish('shop', 'old', 'rabbitmq', 'mails', 1);
      return handler(
        random,
        [{ ...sent, body: [1, { start: handling('mails', 'old', 'rabbitmq', 'mails', calls), afterMs: 20 }] }],
        nPlusOne,
      );
    },
  },
  {
    name: 'two clocks that are off',
    make: (random) => {
      const call = (service: string, path: string, below: Operation['body'] = []) =>
        http('shop', 'new', 'GET', `http://${service}/${path}`, [
          0.5,
          request(service, `GET /${path}`, [around(random, 9), ...below]),
          0.5,
        ]);
      const users = around(random, 700);
      return {
        ...handler(
          random,
          [call('users', 'a'), call('parts', 'b'), call('users', 'c')],
          [
            { kind: 'clock-skew', service: 'users', offsetMs: users },
            { kind: 'clock-skew', service: 'parts', offsetMs: -users / 2 },
          ],
        ),
        clocks: { users, parts: -users / 2 },
      };
    },
  },
  {
    name: 'server-sent events',
    make: (random) => {
      const streamMs = around(random, 300);
      const client = http('shop', 'new', 'GET', 'http://feed/events', [
        0.5,
        { answerOf: request('feed', 'GET /events', [2 + streamMs]), goesOnMs: streamMs },
      ]);
      return handler(random, [client, around(random, 5)]);
    },
  },
  {
    name: 'two jobs in the background',
    make: (random) => ({
      roots: [
        request('shop', 'POST /orders', [
          1,
          { start: step('shop', 'index', [around(random, 60)], { label: 'one' }), afterMs: 0.2 },
          {
            start: step('shop', 'mail', [http('shop', 'new', 'POST', 'http://mails/mails', [around(random, 80)])], {
              label: 'two',
            }),
            afterMs: 0.2,
          },
          3,
        ]),
      ],
      expected: [
        { kind: 'outlives-parent', label: 'one' },
        { kind: 'outlives-parent', label: 'two' },
      ],
    }),
  },
  {
    name: 'a loop beside something that takes longer',
    make: (random) => {
      const calls = times(7, () => redis('shop', 'new', 'GET part:?', around(random, 3), inLoop));
      const beside = http('shop', 'new', 'GET', 'http://slow/slow', [around(random, 60)]);
      return handler(random, [{ all: [step('shop', 'parts', calls), beside] }], nPlusOne);
    },
  },
  {
    name: 'a loop beside something that takes nearly as long',
    make: (random) => {
      const calls = times(10, () => query('shop', 'new', 'mysql', 'SELECT * FROM parts WHERE id = ?', 5, inLoop));
      const beside = http('shop', 'new', 'GET', 'http://slow/slow', [around(random, 40)]);
      return handler(random, [{ all: [step('shop', 'parts', calls), beside] }, step('shop', 'end', [2])], nPlusOne);
    },
  },
  {
    name: 'an error that is caught, and one that is not',
    make: (random) => {
      const failed = () =>
        http('shop', 'new', 'GET', `http://parts/${random.hex(3)}`, [around(random, 5)], { isFailed: true });
      return {
        roots: [
          request(
            'shop',
            'GET /',
            [1, step('shop', 'try', [failed()]), step('shop', 'fail', [failed()], { isFailed: true })],
            { isFailed: true },
          ),
        ],
        expected: [],
      };
    },
  },
];
