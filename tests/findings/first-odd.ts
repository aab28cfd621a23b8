/** Of the shapes that the rules were written with: spans that come late, get lost, or have wrong clocks. */
import { around, eras, handling, http, publish, query, request, step, times } from './calls.ts';
import { ordinary } from './ordinary-request.ts';
import type { Shape } from './shape.ts';

export const firstOdd: readonly Shape[] = [
  {
    name: 'a stream that ends after its parent',
    make: (random) => {
      const streamMs = around(random, 200);
      const server = request('files', 'GET /export', [around(random, 10) + streamMs]);
      const client = http('orders', 'new', 'GET', 'http://files/export', [
        0.4,
        { answerOf: server, goesOnMs: streamMs },
      ]);
      return { roots: [request('orders', 'GET /export', [2, client, 1, around(random, 9)])], expected: [] };
    },
  },
  {
    name: 'a body that is read after the span above',
    make: (random) => ({
      roots: [
        request('orders', 'GET /feed', [
          3,
          { start: step('orders', 'stream rows', [around(random, 150)], { label: 'late' }), afterMs: 0.1 },
          around(random, 6),
        ]),
      ],
      expected: [{ kind: 'outlives-parent', label: 'late' }],
    }),
  },
  {
    name: 'work in the background',
    make: (random) => ({
      roots: [
        request('orders', 'POST /orders', [
          2,
          query('orders', 'new', 'postgresql', 'INSERT INTO orders VALUES ($1)', around(random, 6)),
          { start: step('orders', 'sendMail', [around(random, 90)], { label: 'late' }), afterMs: 0 },
          around(random, 6),
        ]),
      ],
      expected: [{ kind: 'outlives-parent', label: 'late' }],
    }),
  },
  {
    name: 'consumers after the root',
    make: (random) => {
      const era = random.pick(eras);
      const sent = (index: number) => {
        const consumer = handling('mails', era, 'kafka', 'orders.created', [
          1,
          query('mails', era, 'postgresql', `SELECT * FROM t${'abc'[index]} WHERE id = $1`, around(random, 9)),
        ]);
        const call = publish('orders', era, 'kafka', 'orders.created', 1);
        return { ...call, body: [1, { start: consumer, afterMs: around(random, 60) }] };
      };
      return ordinary(random, [sent(0), 0.5, sent(1)]);
    },
  },
  {
    name: 'a clock that is off',
    make: (random) => {
      const offsetMs = random.pick([-1, 1]) * around(random, 3000);
      const call = (path: string) =>
        http('orders', 'new', 'GET', `http://users/${path}`, [
          0.5,
          request('users', `GET /${path}`, [around(random, 10)]),
          0.5,
        ]);
      return {
        ...ordinary(random, [call('a'), call('b')], [{ kind: 'clock-skew', service: 'users', offsetMs }]),
        clocks: { users: offsetMs },
      };
    },
  },
  {
    name: 'clocks that differ by less than a call takes',
    make: (random) => {
      const call = http('orders', 'new', 'GET', 'http://users/a', [
        4,
        request('users', 'GET /a', [around(random, 10)]),
        4,
      ]);
      return { ...ordinary(random, [call]), clocks: { users: 2 * random.next() - 1 } };
    },
  },
  {
    name: 'a root that is missing',
    make: (random) => ({
      ...ordinary(random, [step('orders', 'x', [5])], [{ kind: 'missing-root' }, { kind: 'orphan' }]),
      alter: (spans) => spans.slice(1),
    }),
  },
  {
    name: 'a span in between that is missing',
    make: (random) => ({
      ...ordinary(
        random,
        [
          step('orders', 'lost', [1, query('orders', 'new', 'postgresql', 'SELECT 5', around(random, 9))], {
            label: 'lost',
          }),
        ],
        [{ kind: 'orphan' }],
      ),
      alter: (spans, labels) => spans.filter(({ spanId }) => labels.get('lost')?.[0] !== spanId),
    }),
  },
  {
    name: 'several roots',
    make: (random) => ({
      roots: [request('orders', 'GET /a', [around(random, 20)]), request('users', 'GET /b', [around(random, 25)])],
      expected: [{ kind: 'several-roots' }],
    }),
  },
  {
    name: 'ids that are there twice',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [around(random, 5)], { label: 'twice' }), step('orders', 'y', [3], { label: 'again' })],
        [{ kind: 'duplicate-id' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('again')?.[0] ? { ...span, spanId: labels.get('twice')?.[0] ?? '' } : span,
        ),
    }),
  },
  {
    name: 'parents in a circle',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [1, step('orders', 'y', [around(random, 5)], { label: 'below' })], { label: 'above' })],
        [{ kind: 'cycle' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('above')?.[0] ? { ...span, parentSpanId: labels.get('below')?.[0] ?? '' } : span,
        ),
    }),
  },
  {
    name: 'an end before the start',
    make: (random) => ({
      ...ordinary(
        random,
        [step('orders', 'x', [around(random, 5)], { label: 'odd' })],
        [{ kind: 'negative-duration' }],
      ),
      alter: (spans, labels) =>
        spans.map((span) =>
          span.spanId === labels.get('odd')?.[0]
            ? { ...span, endTimeUnixNano: String(BigInt(span.startTimeUnixNano) - 5_000_000n) }
            : span,
        ),
    }),
  },
  {
    name: 'an error that passes up',
    make: (random) => {
      const server = request('users', 'GET /users', [around(random, 5)], { isFailed: true });
      const call = http('orders', 'new', 'GET', 'http://users/users', [0.5, server, 0.5], { isFailed: true });
      return {
        roots: [
          request('orders', 'GET /', [1, step('orders', 'load', [call], { isFailed: true })], { isFailed: true }),
        ],
        expected: [],
      };
    },
  },
  {
    name: 'a wait that no span covers',
    make: (random) => ordinary(random, [around(random, 80), step('orders', 'x', [around(random, 20)])]),
  },
  {
    name: 'siblings that overlap by microseconds',
    make: (random) => {
      const steps = times(4, (index) =>
        step('orders', `step ${'abcd'[index]}`, [around(random, 8)], { label: 'each' }),
      );
      return {
        ...ordinary(random, steps),
        // A callback runs on for a little after it has started what follows.
        alter: (spans, labels) =>
          spans.map((span) =>
            labels.get('each')?.includes(span.spanId) === true
              ? { ...span, endTimeUnixNano: String(BigInt(span.endTimeUnixNano) + BigInt(random.int(500, 9_000))) }
              : span,
          ),
      };
    },
  },
];
