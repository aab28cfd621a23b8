// Channels of an application, traced alike by every version of Node.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNode } from '../../matrix/node-binaries.ts';

const run = promisify(execFile);

/** What program.cjs does, and the spans of it: `ended` has them in the order of their ends. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'promise, success': ['request', '  promise', '    own', '  after', 'ended: own promise after request'],
  'promise, failure': [
    'request',
    '  rejected! TypeError',
    '  after',
    '  rejected! _OTHER',
    '  rejected! ECODE',
    'ended: rejected after rejected rejected request',
  ],
  'promise, siblings': ['request', '  siblings', '  own', 'ended: own siblings request'],
  // The request has ended: what the callback does is a trace with a link to it.
  'callback, of another request': [
    'first',
    '  callback',
    'second',
    'in the callback',
    'ended: first callback in the callback second',
  ],
  'callback, failure': [
    'request',
    '  failing! RangeError',
    '  in the callback',
    'ended: failing in the callback request',
  ],
  'callback, called twice': [
    'request',
    '  twice',
    'in the callback',
    'in the callback',
    'ended: request twice in the callback in the callback',
  ],
  'callback, without a span': ['request', 'outside', 'ended: outside request'],
  sync: ['request', '  sync', '    own', '  sync! TypeError', '  after', 'ended: own sync sync after request'],
  'published by hand: start, end': ['request', '  byHand', '  byHand! TypeError', 'ended: byHand byHand request'],
  'published by hand: start, end, asyncEnd': ['request', '  streamed', 'ended: request streamed'],
  'a message that is used again': [
    'request',
    '  reused',
    '  reused',
    '  reused',
    'ended: reused reused reused request',
  ],
  'messages that are none': ['request', '  own', '  own', '  own', '  own', 'ended: own own own own request'],
  'describe throws, or describes nothing': [
    'request',
    '  own',
    '  called',
    '  own',
    '  called',
    '  own',
    '  called',
    '  own',
    '  called',
    'ended: own called own called own called own called request',
  ],
  'begun before the subscription, and after its end': [
    'before',
    'calls',
    '  in the callback',
    'after',
    'calls',
    '  in the callback',
    'again',
    '  again',
    'ended: before in the callback calls after in the callback calls again again',
  ],
  'beside a store of another tool': [
    'request',
    '  shared',
    '    theirs',
    'request',
    '  shared',
    '  theirs in the callback',
    'ended: theirs shared request shared theirs in the callback request',
  ],
  'after a garbage collection': ['request', '  collected', '    own', 'ended: own collected request'],
  'outside a request': ['root', '  own', 'ended: own root'],
};

test.each([20, 22, 24, 26])('on Node %i', async (major) => {
  const { stdout, stderr } = await run(findNode(major), ['--expose-gc', join(__dirname, 'program.cjs')]);
  expect(JSON.parse(stdout)).toEqual(expected);
  expect(stderr).toBe('');
});
