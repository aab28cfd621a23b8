/** The operations whose self time differs most. */

import { formatDelta } from '../format/delta.ts';
import { formatDurationMs } from '../format/duration.ts';
import { ServiceName } from '../shell/service-name.tsx';
import type { OperationDifference } from './comparison-model.ts';

const maxShown = 4;

export function OperationDifferences({ differences }: { readonly differences: readonly OperationDifference[] }) {
  const largest = differences.slice(0, maxShown).filter(({ selfMsA, selfMsB }) => selfMsA !== selfMsB);
  if (largest.length === 0) return null;
  return (
    <table class="operation-differences">
      <caption class="visually-hidden">Operations whose self time differs most</caption>
      <thead>
        <tr>
          <th>Largest differences of self time</th>
          <th class="number">Count</th>
          <th class="number">A</th>
          <th class="number">B</th>
          <th class="number">Difference</th>
        </tr>
      </thead>
      <tbody>
        {largest.map(({ service, name, countA, countB, selfMsA, selfMsB }) => (
          <tr key={`${service} ${name}`}>
            <td>
              <ServiceName name={service} /> {name}
            </td>
            <td class="number">{countA === countB ? countA : `${countA} → ${countB}`}</td>
            <td class="number">{countA === 0 ? '–' : formatDurationMs(selfMsA)}</td>
            <td class="number">{countB === 0 ? '–' : formatDurationMs(selfMsB)}</td>
            <td class={`number ${selfMsB > selfMsA ? 'slower-text' : 'faster-text'}`}>
              {formatDelta(selfMsB - selfMsA)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
