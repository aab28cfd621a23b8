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

// A channel that nobody holds is collected, and the next copy would find another one in its place.
test('is still found after a garbage collection', async () => {
  await setImmediate(); // what was looked up in the present turn is not collected
  collectGarbage();
  await setImmediate();
  expect(loadCopy()).toBe(processState);
});
