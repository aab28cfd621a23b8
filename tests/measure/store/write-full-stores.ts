// Writes what full-store.ts found, as a part of docs/collector-figures.md.
import { writeSection } from '../write-section.ts';
import { thousands, triple } from './format-figures.ts';
import type { FullStoreFigures } from './full-store.ts';

export function writeFullStores(file: string, figures: readonly FullStoreFigures[]): void {
  writeSection(
    file,
    'A full store, and a million names',
    `By \`npm run measure:store\`, ${new Date().toISOString().slice(0, 10)}; ${figures.map(({ driver, node }) => `${driver} on Node ${node}`).join(', ')}.
Two full stores of ${((figures[0]?.maxBytes ?? 0) / 2 ** 20).toFixed(0)} MiB, so that each request deletes old spans. In one, spans have few names. In the other, each span has a unique
name. The stores get requests of 512 spans in turns, after the second one has received the given number of names. Each span is kept or counted
as evicted.

${fullStoreTable(figures)}`,
  );
}

function fullStoreTable(figures: readonly FullStoreFigures[]): string {
  const rows = figures.flatMap(({ driver, stages }) =>
    stages.map(({ sent, fewNames, uniqueNames, ratio }) =>
      [
        '',
        driver,
        thousands(sent),
        thousands(fewNames.keptSpans),
        thousands(uniqueNames.keptSpans),
        `${(fewNames.diskBytes / 2 ** 20).toFixed(1)}, ${(uniqueNames.diskBytes / 2 ** 20).toFixed(1)} MiB`,
        triple(ratio),
        `${fewNames.worstMs.toFixed(0)}, ${uniqueNames.worstMs.toFixed(0)} ms`,
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  );
  return [
    '| driver | names | kept, few names | kept, unique names | file and log of each | time with unique names, few names = 1 | longest request of each |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
