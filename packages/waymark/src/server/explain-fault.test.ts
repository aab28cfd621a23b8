import { UnreadableBody } from '../ingest/unreadable-body.ts';
import { InvalidQuery } from '../query/query.ts';
import { StoreDamaged } from '../store/store-damaged.ts';
import { explainFault } from './explain-fault.ts';
import { RequestProblem } from './request-problem.ts';

/** The error as it arrives from the store's thread: without its class. */
function cloned(error: Error): Error {
  return Object.assign(new Error(error.message), { ...error, name: error.name });
}

const storeFull = Object.assign(new Error('traces.sqlite cannot be written: database or disk is full'), {
  code: 'WAYMARK_STORE_FULL',
});
const storeFailed = Object.assign(new Error('The thread has failed'), { code: 'WAYMARK_STORE_FAILED' });

const damaged = new StoreDamaged('traces.sqlite', new Error('malformed'));
const damagedWrite = new StoreDamaged('traces.sqlite', damaged, { retryAfterSeconds: 30 });

test.each([
  [damaged, { status: 500, message: damaged.message }],
  [damagedWrite, { status: 503, message: damaged.message, retryAfterSeconds: 30 }],
  [new RequestProblem(404, 'not there'), { status: 404, message: 'not there' }],
  [new RequestProblem(503, 'busy', { retryAfterSeconds: 1 }), { status: 503, message: 'busy', retryAfterSeconds: 1 }],
  [new UnreadableBody('no JSON'), { status: 400, message: 'no JSON' }],
  [new UnreadableBody('too much', { status: 413 }), { status: 413, message: 'too much' }],
  [new InvalidQuery('no query', 3, 5), { status: 400, message: 'no query', start: 3, end: 5 }],
  [storeFull, { status: 503, message: storeFull.message, retryAfterSeconds: 30 }],
  [storeFailed, { status: 503, message: storeFailed.message, retryAfterSeconds: 1 }],
  [new Error('out of luck'), { status: 500, message: 'The collector failed: out of luck' }],
])('%p is answered with its status, and so is a copy from the other thread', (error, expected) => {
  expect(explainFault(error)).toEqual(expected);
  expect(explainFault(cloned(error))).toEqual(expected);
});

test('a thrown value that is not an error becomes the message', () => {
  expect(explainFault('thrown')).toEqual({ status: 500, message: 'The collector failed: thrown' });
  expect(explainFault(undefined)).toEqual({ status: 500, message: 'The collector failed: undefined' });
});
