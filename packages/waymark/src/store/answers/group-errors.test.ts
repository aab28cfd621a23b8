import { type Failure, groupErrors } from './group-errors.ts';

function failure(message: string): Failure {
  return {
    traceId: '1'.repeat(32),
    spanId: '1'.repeat(16),
    serviceName: 'gateway',
    name: 'GET /',
    type: 'Error',
    message,
    frame: '',
    timeMs: 1000,
  };
}

test('groups that are equal in count and time have one order, whatever the order of the failures', () => {
  const failures = [failure('no stock'), failure('no price'), failure('no user')];
  const order = groupErrors(failures).groups.map(({ message }) => message);
  expect(order).toEqual(['no price', 'no stock', 'no user']);
  expect(groupErrors(failures.toReversed()).groups.map(({ message }) => message)).toEqual(order);
});
