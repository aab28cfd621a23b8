// Run by on-platform.test.ts. A test that should be skipped fails if it runs.
import { describeOnLinux, describeOnUnix, testOnLinux, testOnUnix, testWhere } from '../on-platform.ts';

const fails = (): never => {
  throw new Error('this test should be skipped');
};
const passes = (): void => {};

testOnUnix('signals', 'win32')('a signal', fails);
testOnUnix('signals', 'darwin')('a signal', passes);
testOnUnix('signals', 'linux')('a signal', passes);
testOnLinux('/proc', 'darwin')('memory', fails);
testOnLinux('/proc', 'linux')('memory', passes);
testOnUnix('links', 'win32').each([['one'], ['two']])('link %s', fails);
testOnUnix('links', 'linux').each([['one'], ['two']])('link %s', passes);
testWhere(false, 'root')('a mount', fails);

describeOnLinux('namespaces', 'win32')('containers', () => {
  test('have one owner', fails);
});
describeOnUnix('signals', 'win32').each([['SIGTERM']])('%s', () => {
  test('ends a process', fails);
});
describeOnUnix('signals', 'darwin')('SIGINT', () => {
  test('ends a process', passes);
});
