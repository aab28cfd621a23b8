import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ProcessState, processState } from './process-state.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

function loadCopy(): ProcessState {
  let copy: ProcessState | undefined;
  jest.isolateModules(() => {
    const loaded: typeof import('./process-state.ts') = require('./process-state.ts');
    copy = loaded.processState;
  });
  if (copy === undefined) throw new Error('expected a copy');
  return copy;
}

test('is one for all copies of the package', () => {
  expect(loadCopy()).toBe(processState);
});

// Node collects a channel without references, and the next copy would find a new one.
test('is still found after a garbage collection', async () => {
  await setImmediate(); // what was looked up in the present turn is not collected
  collectGarbage();
  await setImmediate();
  expect(loadCopy()).toBe(processState);
});
