import { homedir } from 'node:os';
import { posix } from 'node:path';
import { defaultStorePath } from './default-store-path.ts';

test.each([
  ['linux', { HOME: '/home/ada' }, '/home/ada/.local/share/waymark/traces.sqlite'],
  ['linux', { HOME: '/home/ada', XDG_DATA_HOME: '/data' }, '/data/waymark/traces.sqlite'],
  ['darwin', { HOME: '/Users/ada' }, '/Users/ada/Library/Application Support/waymark/traces.sqlite'],
  ['win32', { LOCALAPPDATA: String.raw`D:\Local` }, String.raw`D:\Local\waymark\traces.sqlite`],
  ['win32', { HOME: String.raw`C:\ada` }, String.raw`C:\ada\AppData\Local\waymark\traces.sqlite`],
  ['linux', {}, posix.join(homedir(), '.local/share/waymark/traces.sqlite')],
] as const)('traces are kept in the data directory of %s with %j', (platform, env, path) => {
  expect(defaultStorePath(env, platform)).toBe(path);
});
