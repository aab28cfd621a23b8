import { listClockOffsets, sentStarts } from '../src/trace/clock-shift.ts';
import { modelOf, spanNamed } from './model-of.ts';

test('a service with a fast clock is shown at corrected times, or at times as sent', () => {
  const model = modelOf(`
    a server root 0-100
      a client call 10-90
        b server handled 5020-5080
          b internal inner 5030-5040
  `);
  expect(listClockOffsets(model)).toEqual([
    { service: model.services.indexOf('b'), offsetMs: expect.closeTo(5000, 0) },
  ]);
  const handled = model.startMs[spanNamed(model, 'handled')] as number;
  expect(handled).toBeGreaterThanOrEqual(10);
  expect(handled + 60).toBeLessThanOrEqual(90);
  expect((model.startMs[spanNamed(model, 'inner')] as number) - handled).toBeCloseTo(10);
  expect(model.startMs[spanNamed(model, 'root')]).toBe(0);
  expect(model.totalMs).toBeCloseTo(100);
  const sentMs = sentStarts(model);
  expect(sentMs[spanNamed(model, 'handled')]).toBeCloseTo(5020);
  expect(sentMs[spanNamed(model, 'inner')]).toBeCloseTo(5030);
});

test('offsets along a chain of calls add up', () => {
  const model = modelOf(`
    a server root 0-100
      a client call 10-90
        b server one 120-180
          b client next 130-170
            c server two 110-130
  `);
  const offsets = new Map(listClockOffsets(model).map(({ service, offsetMs }) => [model.services[service], offsetMs]));
  expect(offsets.get('b')).toBeCloseTo(100);
  expect(offsets.get('c')).toBeCloseTo(70);
});
