import { listClockOffsets, shiftClocks } from '../src/trace/clock-shift.ts';
import { modelOf, spanNamed } from './model-of.ts';

test('a service whose clock is fast is moved back, with all of its spans', () => {
  const model = modelOf(`
    a server root 0-100
      a client call 10-90
        b server handled 5020-5080
          b internal inner 5030-5040
  `);
  const offsets = listClockOffsets(model);
  expect(offsets).toEqual([{ service: model.services.indexOf('b'), offsetMs: expect.closeTo(5000, 0) }]);
  const startMs = shiftClocks(model, offsets);
  const handled = startMs[spanNamed(model, 'handled')] as number;
  expect(handled).toBeGreaterThanOrEqual(10);
  expect(handled + 60).toBeLessThanOrEqual(90);
  expect((startMs[spanNamed(model, 'inner')] as number) - handled).toBeCloseTo(10);
  expect(startMs[spanNamed(model, 'root')]).toBe(0);
  // What was received is as it was.
  expect(model.startMs[spanNamed(model, 'handled')]).toBeCloseTo(5020);
});

test('offsets along a chain of calls add up, and a circle of them ends', () => {
  const skew = (service: number, parentService: number, offsetMs: number) =>
    ({ kind: 'clock-skew', service, parentService, offsetMs, spans: [] }) as const;
  expect(listClockOffsets({ findings: [skew(1, 0, 100), skew(2, 1, -30)] })).toEqual([
    { service: 1, offsetMs: 100 },
    { service: 2, offsetMs: 70 },
  ]);
  expect(listClockOffsets({ findings: [skew(1, 2, 5), skew(2, 1, -5)] })).toHaveLength(2);
});
