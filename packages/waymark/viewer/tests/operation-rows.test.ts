import type { Operation } from '../../src/api/types.ts';
import { chooseOperations, sortOperations } from '../src/operations/operation-rows.ts';

function operation(serviceName: string, name: string, kind: string, figures: Partial<Operation> = {}): Operation {
  const spark = { counts: [], errors: [], p95Ms: [] };
  return {
    serviceName,
    name,
    kind,
    count: 1,
    errorCount: 0,
    unmeasuredCount: 0,
    p50Ms: 1,
    p95Ms: 1,
    p99Ms: 1,
    totalMs: 1,
    spark,
    ...figures,
  };
}

const list = [
  operation('orders', 'GET /orders', 'server', { count: 10, errorCount: 1, totalMs: 50 }),
  operation('orders', 'SELECT orders', 'client', { count: 40, totalMs: 20 }),
  operation('mailer', 'order.created', 'consumer', { count: 2, errorCount: 1, totalMs: 90 }),
];
const names = (operations: readonly Operation[]) => operations.map(({ name }) => name);

test.each([
  ['requests', ['GET /orders', 'order.created']],
  ['calls', ['SELECT orders']],
  ['all', ['GET /orders', 'SELECT orders', 'order.created']],
] as const)('shows %s', (kinds, expected) => {
  expect(names(chooseOperations(list, { kinds, service: undefined, text: '' }))).toEqual(expected);
});

test('finds a string in the name or the service, in any case', () => {
  expect(names(chooseOperations(list, { kinds: 'all', service: undefined, text: 'MAIL' }))).toEqual(['order.created']);
});

test.each([
  ['count', ['SELECT orders', 'GET /orders', 'order.created']],
  ['errors', ['order.created', 'GET /orders', 'SELECT orders']],
  ['total', ['order.created', 'GET /orders', 'SELECT orders']],
  ['name', ['order.created', 'GET /orders', 'SELECT orders']],
] as const)('sorts by %s', (column, expected) => {
  expect(names(sortOperations(list, column))).toEqual(expected);
  expect(names(sortOperations(list, column, { isReversed: true }))).toEqual([...expected].reverse());
});
