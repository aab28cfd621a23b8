/** What stands in place of the trace list when it is empty: why, and what to do next. */
import { fetchStatus } from '../api/client.ts';
import { useResource } from '../api/use-resource.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { formatAgo } from '../format/time.ts';
import { setParams } from '../router/location.ts';
import { EmptyState, Snippet } from '../shell/empty-state.tsx';
import { rangePresets, type TimeRange } from '../time-range/read-range.ts';
import { showLast } from '../time-range/time-range.ts';

export interface NoTracesProps {
  readonly query: string;
  readonly range: TimeRange;
  /** Searched only back to here so far. */
  readonly onContinue: (() => void) | undefined;
  /** Changes when spans may have come. */
  readonly refreshKey: string;
}

export function NoTraces({ query, range, onContinue, refreshKey }: NoTracesProps) {
  const status = useResource(`status ${refreshKey}`, fetchStatus).value;
  if (status === undefined) return null;
  if (status.store.traceCount === 0) return <FirstTrace status={status} />;
  const longest = rangePresets.at(-1)?.id ?? 'all';
  const isLimited = range.kind === 'between' || range.lengthMs !== undefined;
  const { lastMs } = status.received;
  return (
    <EmptyState title={query === '' ? 'No traces in this time' : 'No trace matches'}>
      <p>
        The collector keeps {formatPlural(status.store.traceCount, 'trace')}
        {lastMs === undefined ? '' : `; the newest spans came ${formatAgo(lastMs)}`}. What may be in the way:
      </p>
      <ul class="choices">
        {onContinue !== undefined && (
          <li>
            <button type="button" class="primary" onClick={onContinue}>
              Search further back
            </button>
            <span>The search stopped early; there may be older matches.</span>
          </li>
        )}
        {isLimited && (
          <li>
            <button type="button" onClick={() => showLast(longest)}>
              Show all that is kept
            </button>
            <span>
              {range.kind === 'last' ? `${range.name} only, so far.` : 'Only the stretch that was chosen, so far.'}
            </span>
          </li>
        )}
        {query !== '' && (
          <li>
            <button type="button" onClick={() => setParams({ q: undefined })}>
              Drop the query
            </button>
            <span class="clip">
              <code>{query}</code>
            </span>
          </li>
        )}
      </ul>
    </EmptyState>
  );
}

type Status = Awaited<ReturnType<typeof fetchStatus>>;

/** Where SDKs send if nothing tells them otherwise. */
const defaultPort = '4318';

function FirstTrace({ status: { urls, received, refusals } }: { readonly status: Status }) {
  const { origin, port } = new URL(urls.otlp);
  return (
    <EmptyState title="Waiting for the first trace">
      <p>
        The collector listens at <code>{urls.otlp}</code>.{' '}
        {port === defaultPort
          ? 'OpenTelemetry SDKs that send OTLP over HTTP do so here by themselves. '
          : 'Point a service here. '}
        Send it a request, and the trace appears.
      </p>
      <Snippet
        label="The address, for any OpenTelemetry SDK in any language"
        code={`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`}
      />
      <Snippet
        label="Tracing for Express, in one line"
        code={"import { tracing } from '@waymark/express';\n\napp.use(tracing({ serviceName: 'orders' }));"}
      />
      <Snippet label="Or start your service with all of this set" code="npx waymark -- node server.js" />
      {urls.zipkin !== undefined && (
        <p>
          Zipkin's senders: <code>{urls.zipkin}</code>
        </p>
      )}
      <p>Or drop a file with traces anywhere on this page: OTLP, Jaeger, Zipkin, Tempo, or Waymark's own JSON.</p>
      {(received.requests > 0 || refusals.length > 0) && (
        <p class="warn-text">
          Something did arrive: {formatPlural(received.requests, 'request')}, {formatCount(received.spans)} spans taken,{' '}
          {formatPlural(received.rejectedSpans, 'span')} rejected, {formatPlural(received.refusedRequests, 'request')}{' '}
          refused{refusals[0] === undefined ? '.' : `: ${refusals[0].message}`}
        </p>
      )}
    </EmptyState>
  );
}
