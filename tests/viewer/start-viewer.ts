/** Starts a new collector for each test, in memory, on a free port. */
import { startCollector } from 'waymark';
import { type SpanToSend, sendSpans } from './send-spans.ts';

export interface Viewer {
  readonly url: string;
  readonly send: (spans: readonly SpanToSend[]) => Promise<void>;
}

/** Starts a collector before each test of the surrounding `describe`, and stops it after the test. */
export function useViewer(): Viewer {
  let collector: Awaited<ReturnType<typeof startCollector>> | undefined;
  beforeEach(async () => {
    collector = await startCollector({ port: 0 });
  });
  afterEach(() => collector?.close());
  const url = () => {
    if (collector === undefined) throw new Error('the collector starts before each test');
    return collector.url;
  };
  return {
    get url() {
      return url();
    },
    send: (spans) => sendSpans(url(), spans),
  };
}
