import { countByColumn, drawTable, findEmptyColumns, type JestReport } from './table.ts';

function reportOf(...results: [describes: string, status: string][]): JestReport {
  const assertionResults = results.map(([describes, status]) => ({ ancestorTitles: describes.split(' › '), status }));
  return { testResults: [{ name: 'contract.test.ts', message: '', assertionResults }] };
}

test('counts each test under what it ran against', () => {
  const report = reportOf(
    ['express 4 › routes', 'passed'],
    ['Express 5.2', 'passed'],
    ['Express 5.3', 'passed'],
    ['express 5', 'failed'],
    ['fastify 4', 'passed'],
    ['fastify 5', 'passed'],
    ['fastify 5', 'pending'],
    ['plain node:http', 'passed'],
    ['outbound › node:http', 'passed'],
    ['outbound › undici 6', 'passed'],
    ['outbound › undici 7 › fetched', 'passed'],
    ['outbound › fetch', 'passed'],
    ['something else', 'passed'],
  );
  expect(Object.fromEntries(countByColumn(report))).toEqual({
    'express 4': { passed: 1, failed: 0 },
    'express 5.2': { passed: 1, failed: 0 },
    'express 5.3': { passed: 1, failed: 1 },
    'fastify 4': { passed: 1, failed: 0 },
    'fastify 5': { passed: 1, failed: 0 },
    'node:http': { passed: 1, failed: 0 },
    'http client': { passed: 1, failed: 0 },
    'undici 6': { passed: 1, failed: 0 },
    'undici 7': { passed: 1, failed: 0 },
    fetch: { passed: 1, failed: 0 },
    other: { passed: 1, failed: 0 },
  });
});

test('counts a suite that could not run as a failure', () => {
  const report = { testResults: [{ name: 'a.test.ts', message: 'SyntaxError', assertionResults: [] }] };
  expect(Object.fromEntries(countByColumn(report))).toEqual({ other: { passed: 0, failed: 1 } });
});

test.each([
  ['20.19.0', false],
  ['22.18.0', false],
  ['22.19.0', true],
  ['24.0.0', true],
])('on Node %s a column without tests is an omission, for undici 8: %s', (node, isExpected) => {
  const empty = findEmptyColumns(node, countByColumn(reportOf(['express 4', 'passed'])));
  expect(empty).not.toContain('express 4');
  expect(empty).toContain('fastify 5');
  expect(empty.includes('undici 8')).toBe(isExpected);
});

test('draws failures beside successes, and a dash where nothing ran', () => {
  const table = drawTable([
    { node: '20.20.2', counts: countByColumn(reportOf(['express 4', 'passed'], ['fastify 5', 'failed'])) },
    { node: '26.1.0', counts: countByColumn(reportOf(['undici 8', 'passed'], ['undici 8', 'passed'])) },
  ]);
  expect(table).toBe(
    [
      '   Node  fetch  undici 6  undici 7  undici 8  http client  express 4  express 5.2  express 5.3  fastify 4  fastify 5  node:http',
      '20.20.2      –         –         –         –            –        1 ✓            –            –          –    0 ✓ 1 ✗          –',
      ' 26.1.0      –         –         –       2 ✓            –          –            –            –          –          –          –',
    ].join('\n'),
  );
});
