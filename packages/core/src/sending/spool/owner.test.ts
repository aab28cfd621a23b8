import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { testOnLinux } from '../../../../../tests/on-platform.ts';
import { isOwnerGone, newOwnerName, noOwner, silenceMs } from './owner.ts';

const own = newOwnerName();
const [, startTicks, namespace] = own.split('-') as [string, string, string, string];
const isLinux = process.platform === 'linux';
const nowMs = Date.now();
const longAgoMs = nowMs - silenceMs - 1;

test('has another name each time', () => {
  expect(newOwnerName()).not.toBe(own);
  expect(own).toMatch(/^\d+-\d+-\d+-[0-9a-f]{8}$/);
});

test('the name of a file without an owner counts as gone', () => {
  expect(isOwnerGone(noOwner, nowMs, nowMs)).toBe(true);
});

test('another thread of this process lives as long as it gives signs', () => {
  expect(isOwnerGone(own, nowMs, nowMs)).toBe(false);
  expect(isOwnerGone(own, longAgoMs, nowMs)).toBe(true);
});

test('another process lives while it runs, even without signs, and is gone when it has ended', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const stat = isLinux ? readFileSync(`/proc/${child.pid}/stat`, 'latin1') : '';
  const ticks = isLinux ? stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] : '0';
  const name = `${child.pid}-${ticks}-${namespace}-00000000`;
  expect(isOwnerGone(name, nowMs, nowMs)).toBe(false);
  if (isLinux) expect(isOwnerGone(name, longAgoMs, nowMs)).toBe(false);
  child.kill();
  await once(child, 'exit');
  expect(isOwnerGone(name, nowMs, nowMs)).toBe(true);
});

testOnLinux('/proc')('a process that has ended is gone, also if its parent has not noticed', async () => {
  // The shell becomes a program that does not wait for its children.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60']);
  try {
    const [pid] = (await once(parent.stdout, 'data')).map(Number);
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    while (stat()[0] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isOwnerGone(`${pid}-${stat()[19]}-${namespace}-00000000`, nowMs, nowMs)).toBe(true);
  } finally {
    parent.kill();
  }
});

testOnLinux('the start of processes in /proc')('a process whose id another has now is gone', () => {
  expect(isOwnerGone(`${process.ppid}-1-${namespace}-00000000`, nowMs, nowMs)).toBe(true);
  expect(isOwnerGone(`${process.pid}-1${startTicks}-${namespace}-00000000`, nowMs, nowMs)).toBe(true);
});

test('a process of another container lives as long as it gives signs', () => {
  expect(isOwnerGone(`1-1-${namespace}1-00000000`, nowMs, nowMs)).toBe(false);
  expect(isOwnerGone(`1-1-${namespace}1-00000000`, longAgoMs, nowMs)).toBe(true);
});
