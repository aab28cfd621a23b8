import { formatWindow, listTicks, pan, parseWindow, within, zoomAround } from '../src/trace/time-window.ts';

const whole = { startMs: 0, endMs: 100 };

test('zooming does not move the time under the pointer', () => {
  expect(zoomAround(whole, whole, 25, 0.5)).toEqual({ startMs: 12.5, endMs: 62.5 });
});

test('zooming out stops at the whole trace', () => {
  expect(zoomAround({ startMs: 10, endMs: 60 }, whole, 25, 4)).toEqual(whole);
});

test('a window is moved into the trace', () => {
  expect(within({ startMs: -10, endMs: 10 }, whole)).toEqual({ startMs: 0, endMs: 20 });
  expect(pan({ startMs: 50, endMs: 90 }, whole, 0.5)).toEqual({ startMs: 60, endMs: 100 });
});

test('ticks are round, and at most one more than requested', () => {
  expect(listTicks(whole, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(listTicks({ startMs: 0.21, endMs: 0.34 }, 3).map((tick) => tick.toFixed(2))).toEqual(['0.25', '0.30']);
  expect(listTicks({ startMs: 5, endMs: 5 }, 4)).toEqual([]);
});

test('ticks of long traces are minutes and hours', () => {
  const [secondMs, hourMs] = [1000, 3_600_000];
  expect(listTicks({ startMs: 0, endMs: 24 * hourMs }, 5)).toEqual([0, 6, 12, 18, 24].map((hour) => hour * hourMs));
  expect(listTicks({ startMs: 0, endMs: 90 * secondMs }, 4)).toEqual([0, 30, 60, 90].map((at) => at * secondMs));
  expect(listTicks({ startMs: 0, endMs: 80 * secondMs }, 4)).toEqual([0, 20, 40, 60, 80].map((at) => at * secondMs));
  expect(listTicks({ startMs: 0, endMs: 240 * hourMs }, 5)).toEqual(
    [0, 48, 96, 144, 192, 240].map((at) => at * hourMs),
  );
});

test.each(['', 'x~y', '5', '9~3', '~'])('the address %p shows the whole trace', (text) => {
  expect(parseWindow(text, whole)).toEqual(whole);
});

test('a window is restored from the address', () => {
  expect(parseWindow(formatWindow({ startMs: 12.345, endMs: 80 }), whole)).toEqual({ startMs: 12.345, endMs: 80 });
});
