// Answers to an accepted request: about all spans, about some of them, or unreadable.
import type { Fault } from './faulty-collector.ts';
import { startFaultyCollector } from './faulty-collector.ts';
import { formats, startTraced, until } from './traced.ts';

interface Answer {
  readonly title: string;
  readonly json: string;
  /** In hex. */
  readonly protobuf: string;
  readonly rejected: number;
  readonly says?: RegExp;
}

const text = (words: string): string => Buffer.from(words).toString('hex');

// ExportTraceServiceResponse.partial_success is 1; in it rejected_spans is 1, an int64, and error_message 2.
const answers: readonly Answer[] = [
  { title: 'nothing', json: '', protobuf: '', rejected: 0 },
  { title: 'what cannot be read', json: '{"partialSuccess":', protobuf: '0affffffff', rejected: 0 },
  {
    title: 'that some were rejected',
    json: '{"partialSuccess":{"rejectedSpans":"4","errorMessage":"too old"}}',
    protobuf: `0a0b08041207${text('too old')}`,
    rejected: 4,
    says: /rejected some of the spans it was sent: too old/,
  },
  {
    title: 'that more were rejected than it was sent',
    json: '{"partialSuccess":{"rejectedSpans":"1000","errorMessage":"too old"}}',
    protobuf: `0a0c08e8071207${text('too old')}`,
    rejected: 10,
    says: /rejected some of the spans it was sent: too old/,
  },
  {
    title: 'that fewer than none were rejected',
    json: '{"partialSuccess":{"rejectedSpans":"-1"}}',
    protobuf: '0a0b08ffffffffffffffffff01',
    rejected: 0,
  },
  {
    title: 'something about those that it took',
    json: '{"partialSuccess":{"errorMessage":"slow down"}}',
    protobuf: `0a0b1209${text('slow down')}`,
    rejected: 0,
    says: /accepted the spans, with a warning: slow down/,
  },
];

/** Accepts as many spans as the answer says, and answers in the encoding of the request. */
function answerWith({ json, protobuf, rejected }: Answer): Fault {
  return {
    async onRequest(request, response, { read, keep }) {
      const contentType = request.headers['content-type'] ?? '';
      keep((await read(request)).slice(0, 10 - rejected));
      const body = contentType.startsWith('application/json') ? json : Buffer.from(protobuf, 'hex');
      response.writeHead(200, { 'content-type': contentType }).end(body);
    },
  };
}

const otlpFormats = formats.filter((format) => format.startsWith('OTLP'));

describe.each(otlpFormats)('%s to a collector that accepts a request and answers', (format) => {
  test.each(answers)('$title: it is not sent again', async (answer) => {
    await using collector = await startFaultyCollector();
    await collector.become(answerWith(answer));
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    const { tracer, lines, makeSpans } = traced;
    const { rejected, says } = answer;
    const ids = makeSpans(10);
    expect(await tracer.flush()).toMatchObject({ delivered: 10 - rejected, lost: rejected, complete: true });
    expect(tracer.stats()).toMatchObject({ exported: 10 - rejected, waiting: 0 });
    expect(tracer.stats().dropped).toEqual(rejected > 0 ? { rejected } : {});
    expect(lines).toEqual(says ? [expect.stringMatching(says)] : []);
    expect(collector.requestCount).toBe(1);
    expect(collector.arrivals).toEqual(new Map(ids.slice(0, 10 - rejected).map((id) => [id, 1])));
    expect(traced.wrongAccounts).toEqual([]);
  });
});

test('Zipkin has no such answers: an accepted request is delivered, whatever the body says', async () => {
  await using collector = await startFaultyCollector();
  await collector.become({
    async onRequest(request, response, { read, keep }) {
      keep(await read(request));
      response.writeHead(202).end('{"partialSuccess":{"rejectedSpans":"4"}}');
    },
  });
  using traced = startTraced({ format: 'Zipkin', origin: `http://127.0.0.1:${collector.port}` });
  traced.makeSpans(10);
  expect(await traced.tracer.flush()).toEqual({ delivered: 10, lost: 0, complete: true });
  expect(collector.arrivals.size).toBe(10);
});

test.each(formats)(
  '%s leaves a collector alone that asks for it, though its other requests get through',
  async (format) => {
    await using collector = await startFaultyCollector();
    const begunMs: number[] = [];
    let askedMs = 0;
    await collector.become({
      async onRequest(request, response, { read, keep }) {
        begunMs.push(performance.now());
        const isFirst = begunMs.length === 1;
        const ids = await read(request);
        if (isFirst) {
          askedMs = performance.now();
          response.writeHead(429, { 'retry-after': '1' }).end();
          return;
        }
        if (begunMs.length <= 4) await until(() => askedMs > 0); // the others are answered after it
        keep(ids);
        response.end();
      },
    });
    using traced = startTraced({ format, origin: `http://127.0.0.1:${collector.port}` });
    const ids = traced.makeSpans(80);
    await until(() => collector.arrivals.size === 80);
    expect(Math.min(...begunMs.slice(4)) - askedMs).toBeGreaterThanOrEqual(1000);
    expect(collector.arrivals).toEqual(new Map(ids.map((id) => [id, 1])));
    expect(traced.wrongAccounts).toEqual([]);
  },
);
