/** Filters and sorts the operations of the table. */
import type { Operation } from '../../../src/api/types.ts';

export const sortColumns = ['name', 'count', 'errors', 'p50', 'p95', 'p99', 'total'] as const;
export type SortColumn = (typeof sortColumns)[number];

export const kindChoices = ['requests', 'calls', 'all'] as const;
export type KindChoice = (typeof kindChoices)[number];

const kindsOf: Readonly<Record<KindChoice, readonly string[] | undefined>> = {
  requests: ['server', 'consumer'],
  calls: ['client', 'producer'],
  all: undefined,
};

export interface OperationFilter {
  readonly kinds: KindChoice;
  readonly service: string | undefined;
  /** A string in the name of the operation or of the service. */
  readonly text: string;
}

export function chooseOperations(operations: readonly Operation[], filter: OperationFilter): Operation[] {
  const kinds = kindsOf[filter.kinds];
  const text = filter.text.toLowerCase();
  return operations.filter(
    ({ kind, serviceName, name }) =>
      (kinds === undefined || kinds.includes(kind)) &&
      (filter.service === undefined || serviceName === filter.service) &&
      `${serviceName} ${name}`.toLowerCase().includes(text),
  );
}

/** Names from A, numbers from the highest. `isReversed` turns the order round. */
export function sortOperations(
  operations: readonly Operation[],
  column: SortColumn,
  { isReversed = false }: { isReversed?: boolean } = {},
): Operation[] {
  const byName = (a: Operation, b: Operation) =>
    a.serviceName.localeCompare(b.serviceName) || a.name.localeCompare(b.name);
  const compare =
    column === 'name'
      ? byName
      : (a: Operation, b: Operation) => measure(b, column) - measure(a, column) || byName(a, b);
  const sorted = [...operations].sort(compare);
  return isReversed ? sorted.reverse() : sorted;
}

function measure(operation: Operation, column: Exclude<SortColumn, 'name'>): number {
  switch (column) {
    case 'count':
      return operation.count;
    case 'errors':
      return operation.errorCount / Math.max(1, operation.count);
    case 'p50':
      return operation.p50Ms;
    case 'p95':
      return operation.p95Ms;
    case 'p99':
      return operation.p99Ms;
    case 'total':
      return operation.totalMs;
  }
}
