/** The screen of one trace of the collector. */
import { useMemo, useState } from 'preact/hooks';
import { ApiError } from '../api/client.ts';
import { findMedianComparison } from '../compare/find-median.ts';
import { go } from '../router/location.ts';
import { ShareDialog } from '../share/share-dialog.tsx';
import { EmptyState } from '../shell/empty-state.tsx';
import { showNotice } from '../shell/notice.ts';
import { createServerSource } from './server-source.ts';
import { TracePage } from './trace-page.tsx';

export function TraceScreen({ traceId }: { readonly traceId: string }) {
  const source = useMemo(() => createServerSource(traceId), [traceId]);
  const [isSharing, setSharing] = useState(false);
  return (
    <>
      <TracePage
        source={source}
        commands={{
          share: () => setSharing(true),
          compare: (model) => {
            findMedianComparison(model).then(go, (reason: unknown) =>
              showNotice(reason instanceof Error ? reason.message : String(reason), 'error'),
            );
          },
        }}
        renderFailure={(error) => <NoTrace traceId={traceId} error={error} />}
      />
      {isSharing && <ShareDialog traceId={traceId} onClose={() => setSharing(false)} />}
    </>
  );
}

function NoTrace({ traceId, error }: { readonly traceId: string; readonly error: Error }) {
  const isMissing = error instanceof ApiError && error.status === 404;
  // The trace may still arrive. The screen listens, and shows it then.
  return (
    <EmptyState title={isMissing ? 'This trace is not here, or not yet' : 'The trace could not be loaded'}>
      {isMissing ? (
        <>
          <p>
            The collector has no span of <code>{traceId}</code>. As soon as one arrives, this page shows it. Or the
            trace was evicted to make room for newer ones, or was sent to another collector.
          </p>
          <p>
            <a href="/traces">See the stored traces</a>, or run <code>npx waymark doctor</code> to find out why a trace
            is missing.
          </p>
        </>
      ) : (
        <p>{error.message}</p>
      )}
    </EmptyState>
  );
}
