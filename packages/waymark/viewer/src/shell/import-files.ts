/** Imports files with traces, in each format that `waymark import` reads, and opens the imported traces. */
import { postBody } from '../api/client.ts';
import { formatPlural } from '../format/count.ts';
import { go, link } from '../router/location.ts';
import { showNotice } from './notice.ts';

interface ImportAnswer {
  readonly spanCount?: number;
  readonly traceIds?: readonly string[];
}

export async function importFiles(files: readonly File[]): Promise<void> {
  const traceIds = new Set<string>();
  let spanCount = 0;
  for (const file of files) {
    try {
      const answer = await postBody<ImportAnswer>('/waymark/import', file);
      for (const traceId of answer.traceIds ?? []) traceIds.add(traceId);
      spanCount += answer.spanCount ?? 0;
    } catch (error) {
      showNotice(`${file.name}: ${error instanceof Error ? error.message : String(error)}`, 'error');
      return;
    }
  }
  const [only] = traceIds;
  if (only === undefined) {
    showNotice('No spans found. The viewer imports JSON of OTLP, Jaeger, Zipkin, Tempo and Waymark.', 'error');
    return;
  }
  showNotice(`Imported ${formatPlural(traceIds.size, 'trace')}, ${formatPlural(spanCount, 'span')}`);
  go(traceIds.size === 1 ? link(`/trace/${only}`) : link('/traces', { range: 'all' }));
}
