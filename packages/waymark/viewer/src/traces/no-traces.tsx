/** Replaces the empty trace list: says why it is empty, and what to do next. */
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
  /** Continues a search that stopped early. */
  readonly onContinue: (() => void) | undefined;
  /** Changes when new spans may have arrived. */
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
    <EmptyState title={query === '' ? 'No traces in this time range' : 'No trace matches'}>
      <p>
        The collector keeps {formatPlural(status.store.traceCount, 'trace')}
        {lastMs === undefined ? '' : `. The newest spans arrived ${formatAgo(lastMs)}`}. To find more traces:
      </p>
      <ul class="choices">
        {onContinue !== undefined && (
          <li>
            <button type="button" class="primary" onClick={onContinue}>
              Search further back
            </button>
            <span>The search stopped early. There may be older matches.</span>
          </li>
        )}
        {isLimited && (
          <li>
            <button type="button" onClick={() => showLast(longest)}>
              Search all stored traces
            </button>
            <span>
              {range.kind === 'last' ? `The time range: ${range.name.toLowerCase()}.` : 'The chosen time range.'}
            </span>
          </li>
        )}
        {query !== '' && (
          <li>
            <button type="button" onClick={() => setParams({ q: undefined })}>
              Remove the query
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

/** The default port of OTLP over HTTP, which SDKs use without configuration. */
const defaultPort = '4318';

function FirstTrace({ status: { urls, received, refusals } }: { readonly status: Status }) {
  const { origin, port } = new URL(urls.otlp);
  return (
    <EmptyState title="Waiting for the first trace">
      <p>
        The collector listens at <code>{urls.otlp}</code>.{' '}
        {port === defaultPort
          ? 'OpenTelemetry SDKs send OTLP over HTTP to it by default. '
          : 'Configure a service to send to it. '}
        Send your service a request, and its trace appears here.
      </p>
      <Snippet
        label="The address, for an OpenTelemetry SDK in any language"
        code={`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`}
      />
      <Snippet
        label="Tracing for Express, in one line"
        code={"import { tracing } from '@waymark/express';\n\napp.use(tracing({ serviceName: 'orders' }));"}
      />
      <Snippet label="Or start your service with these variables set" code="npx waymark -- node server.js" />
      {urls.zipkin !== undefined && (
        <p>
          Zipkin senders: <code>{urls.zipkin}</code>
        </p>
      )}
      <p>Or drop a file with traces anywhere on this page: JSON of OTLP, Jaeger, Zipkin, Tempo or Waymark.</p>
      {(received.requests > 0 || refusals.length > 0) && (
        <p class="warn-text">
          But requests arrived: {formatPlural(received.requests, 'request')}, {formatCount(received.spans)} spans
          stored, {formatPlural(received.rejectedSpans, 'span')} rejected,{' '}
          {formatPlural(received.refusedRequests, 'request')} refused
          {refusals[0] === undefined ? '.' : `: ${refusals[0].message}`}
        </p>
      )}
    </EmptyState>
  );
}
