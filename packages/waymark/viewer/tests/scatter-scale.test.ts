import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { formatRoundMs } from '../src/format/duration.ts';
import {
  type Domain,
  durationDomain,
  durationTicks,
  pointAt,
  timeAt,
  timeTicks,
  xOf,
  yOf,
} from '../src/traces/scatter-scale.ts';

const plot = { left: 50, top: 10, width: 1000, height: 100 };
const domain: Domain = { startMs: 0, endMs: 60_000, shortestMs: 1, longestMs: 1000 };

test('durations are on a log scale, and durations outside it at its edges', () => {
  expect([1000, 100, 1, 0, 5000].map((durationMs) => Math.round(yOf(durationMs, domain, plot)))).toEqual([
    10, 43, 110, 110, 10,
  ]);
});

test('a time is converted to a position and back', () => {
  expect(xOf(15_000, domain, plot)).toBe(300);
  expect(timeAt(300, domain, plot)).toBe(15_000);
});

test('positions outside the plot are its first and last time', () => {
  expect([0, 5000].map((x) => timeAt(x, domain, plot))).toEqual([0, 60_000]);
});

test.each([
  ['nothing', [], 1, 1000],
  ['one point', [40], 10, 1000],
  ['what spans decades', [0.2, 40, 7000], 0.1, 10_000],
  ['half a decade above the rest', [1, 10, 200], 1, 316],
  ['one decade', [100, 100], 10, 1000],
  ['zeros', [0, 0], 0.001, 0.1],
])('the scale of %s holds at least two decades', (_, durationsMs, shortestMs, longestMs) => {
  const found = durationDomain(durationsMs);
  expect([found.shortestMs, found.longestMs].map((value) => Number(value.toPrecision(3)))).toEqual([
    shortestMs,
    longestMs,
  ]);
});

test('the duration axis has a tick for each decade', () => {
  expect(durationTicks(domain)).toEqual([1, 10, 100, 1000]);
});

test('ticks of long durations are minutes, hours and days, with labels that fit into the margin', () => {
  const ticks = durationTicks({ ...domain, shortestMs: 1000, longestMs: 10 ** 9 });
  expect(ticks.map(formatRoundMs)).toEqual(['1 s', '10 s', '1 m', '10 m', '1 h', '10 h', '2 d']);
});

test('the ticks of the time axis are round, and at most as many as requested', () => {
  const { atMs, stepMs } = timeTicks({ ...domain, startMs: 1_000_007, endMs: 1_300_000 }, 6);
  expect(stepMs).toBe(60_000);
  expect(atMs).toEqual([1_020_000, 1_080_000, 1_140_000, 1_200_000, 1_260_000]);
});

// A process has one time zone, so each case runs in a new process.
test.each([
  ['Europe/Berlin', '2026-10-24T12:00Z', ['00:00', '12:00', '00:00', '12:00', '00:00', '12:00']],
  ['Europe/Berlin', '2026-03-28T12:00Z', ['00:00', '12:00', '00:00', '12:00', '00:00', '12:00']],
  ['Australia/Lord_Howe', '2026-10-03T02:00Z', ['00:00', '12:00', '00:00', '12:00', '00:00', '12:00']],
])('the ticks of the time axis are round where the clocks of %s change', (timeZone, start, times) => {
  const script = `
    const { timeTicks } = require('./scatter-scale.ts');
    const startMs = Date.parse('${start}');
    const { atMs } = timeTicks({ startMs, endMs: startMs + 72 * 3_600_000 }, 6);
    console.log(JSON.stringify(atMs.map((at) => new Date(at).toTimeString().slice(0, 5))));`;
  const answer = execFileSync(process.execPath, ['-r', 'esbuild-register', '-e', script], {
    cwd: join(__dirname, '../src/traces'),
    env: { ...process.env, TZ: timeZone },
  });
  expect(JSON.parse(answer.toString())).toEqual(times);
});

test('finds the nearest point, the later of two, and no distant point', () => {
  const points = { xs: [10, 20, 20], ys: [10, 20, 20], count: 3 };
  expect(pointAt({ x: 12, y: 11 }, points)).toBe(0);
  expect(pointAt({ x: 19, y: 20 }, points)).toBe(2);
  expect(pointAt({ x: 20, y: 29 }, points)).toBeUndefined();
});
