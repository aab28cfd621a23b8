import { countBySubject, drawTable, findUntested, type JestReport } from './table.ts';

function reportOf(...results: [describes: string, status: string][]): JestReport {
  const assertionResults = results.map(([describes, status]) => ({ ancestorTitles: describes.split(' › '), status }));
  return { testResults: [{ name: 'contract.test.ts', message: '', assertionResults }] };
}

test('counts each test for its subject', () => {
  const report = reportOf(
    ['server express 4 › routes', 'passed'],
    ['server express 4', 'failed'],
    ['server fastify 5', 'passed'],
    ['server fastify 5', 'pending'],
    ['server node:http › a request to express 4', 'passed'],
    ['outbound undici 7 › its fetch', 'passed'],
    ['outbound fetch', 'passed'],
    ['something else', 'passed'],
  );
  expect(Object.fromEntries(countBySubject(report))).toEqual({
    'server express 4': { passed: 1, failed: 1 },
    'server fastify 5': { passed: 1, failed: 0 },
    'server node:http': { passed: 1, failed: 0 },
    'outbound undici 7': { passed: 1, failed: 0 },
    'outbound fetch': { passed: 1, failed: 0 },
    other: { passed: 1, failed: 0 },
  });
});

test('counts a suite that could not run as a failure', () => {
  const report = { testResults: [{ name: 'a.test.ts', message: 'SyntaxError', assertionResults: [] }] };
  expect(Object.fromEntries(countBySubject(report))).toEqual({ other: { passed: 0, failed: 1 } });
});

test.each([
  ['20.19.0', false],
  ['22.18.0', false],
  ['22.19.0', true],
  ['24.0.0', true],
])('on Node %s a subject without tests is an omission, for undici 8: %s', (node, isExpected) => {
  const untested = findUntested(node, countBySubject(reportOf(['server express 4', 'passed'])));
  expect(untested).not.toContain('server express 4');
  expect(untested).toContain('server fastify 5');
  expect(untested.includes('outbound undici 8')).toBe(isExpected);
});

test.each([
  ['20.19.0', true],
  ['22.18.0', false],
  ['24.0.0', false],
  ['26.1.0', true],
])('on Node %s a subject without tests is an omission, for Fastify 4.0: %s', (node, isExpected) => {
  expect(findUntested(node, new Map()).includes('server fastify 4.0')).toBe(isExpected);
});

test('draws failures next to successes, and a dash for combinations that did not run', () => {
  const table = drawTable([
    {
      node: '20.20.2',
      counts: countBySubject(reportOf(['server express 4', 'passed'], ['server fastify 5', 'failed'])),
    },
    {
      node: '26.1.0',
      counts: countBySubject(reportOf(['outbound undici 8', 'passed'], ['outbound undici 8', 'passed'])),
    },
  ]);
  expect(table.split('\n')).toEqual([
    '                             Node 20.20.2       Node 26.1.0',
    'server express 4.21                     –                 –',
    'server express 4                      1 ✓                 –',
    'server express 5.0                      –                 –',
    'server express 5.2                      –                 –',
    'server express 5.3                      –                 –',
    'server fastify 4.0                      –                 –',
    'server fastify 4                        –                 –',
    'server fastify 5.0                      –                 –',
    'server fastify 5                  0 ✓ 1 ✗                 –',
    'server node:http                        –                 –',
    'outbound fetch                          –                 –',
    'outbound undici 6                       –                 –',
    'outbound undici 7                       –                 –',
    'outbound undici 8                       –               2 ✓',
    'outbound node:http                      –                 –',
    'store memory                            –                 –',
    'store node:sqlite                       –                 –',
    'store node-sqlite3-wasm                 –                 –',
  ]);
});
