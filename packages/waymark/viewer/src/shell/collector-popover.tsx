/** The collector's state: a word in the top bar, and a popover with what it stores, has evicted and has refused. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CollectorStatus } from '../../../src/api/types.ts';
import { fetchStatus } from '../api/client.ts';
import { useRefreshed } from '../api/use-resource.ts';
import { formatBytes, formatCount, formatPlural, formatShortCount } from '../format/count.ts';
import { formatDurationMs } from '../format/duration.ts';
import { formatAgo, formatFullTime, formatTime } from '../format/time.ts';
import { useNow } from '../time-range/use-now.ts';
import { importFiles } from './import-files.ts';
import { copyText } from './notice.ts';

const everyMs = { open: 2000, closed: 15_000 };

export function CollectorPopover() {
  const [isOpen, setOpen] = useState(false);
  const popover = useRef<HTMLDivElement>(null);
  const nowMs = useNow(isOpen ? everyMs.open : everyMs.closed);
  const { value: status, error } = useRefreshed('status', nowMs, fetchStatus);
  useEffect(() => {
    const element = popover.current;
    const onToggle = (event: Event) => setOpen((event as ToggleEvent).newState === 'open'); // of a popover
    element?.addEventListener('toggle', onToggle);
    return () => element?.removeEventListener('toggle', onToggle);
  }, []);
  const evictedCount = sum(Object.values(status?.store.evicted ?? {}));
  const hasLosses =
    status !== undefined && (evictedCount > 0 || status.received.rejectedSpans + status.received.refusedRequests > 0);
  const state = error !== undefined ? 'lost' : hasLosses ? 'warn' : 'fine';
  const words = { lost: 'no answer', warn: 'some data was evicted or refused', fine: 'no problems' }[state];
  const text = status === undefined ? 'Collector' : `${formatShortCount(status.store.spanCount)} spans`;
  return (
    <>
      <button
        type="button"
        class={`quiet collector-button ${state}`}
        popovertarget="collector"
        aria-label={`Collector: ${text}, ${words}`}
        title={`Collector: ${words}`}
      >
        <i aria-hidden="true" />
        <span>{text}</span>
      </button>
      <div id="collector" class="collector" popover="auto" ref={popover} role="dialog" aria-label="Collector">
        {error !== undefined && <p class="error-text">{error.message}</p>}
        {isOpen && status !== undefined && <Details status={status} evictedCount={evictedCount} />}
      </div>
    </>
  );
}

function Details({ status, evictedCount }: { readonly status: CollectorStatus; readonly evictedCount: number }) {
  const { store, received, refusals, urls } = status;
  return (
    <>
      <h2>Collector {status.version}</h2>
      <dl>
        <Address name="OTLP" url={urls.otlp} />
        {urls.zipkin !== undefined && <Address name="Zipkin" url={urls.zipkin} />}
        <div>
          <dt>Store</dt>
          <dd>
            {store.kind === 'memory' ? (
              'in memory, until the collector stops'
            ) : (
              <code class="path">{store.path ?? 'SQLite'}</code>
            )}
          </dd>
        </div>
      </dl>
      <Meter name="Spans" value={store.spanCount} limit={store.limits.maxSpans} format={formatCount} />
      <Meter name="Size" value={store.byteCount} limit={store.limits.maxBytes} format={formatBytes} />
      {store.oldestMs !== undefined && (
        <Meter name="Age" value={Date.now() - store.oldestMs} limit={store.limits.maxAgeMs} format={formatDurationMs} />
      )}
      <h3>Since it started</h3>
      <p>
        {formatPlural(received.spans, 'span')} in {formatPlural(received.requests, 'request')}
        {received.lastMs === undefined ? '' : `, the latest ${formatAgo(received.lastMs)}`}
      </p>
      <p class={received.rejectedSpans + received.refusedRequests > 0 ? 'warn-text' : 'dim'}>
        {formatPlural(received.rejectedSpans, 'span')} rejected, {formatPlural(received.refusedRequests, 'request')}{' '}
        refused
      </p>
      {received.cutSpans > 0 && (
        <p class="dim">{formatPlural(received.cutSpans, 'span')} stored in part: larger than the limit for one span</p>
      )}
      <p class={evictedCount > 0 ? 'warn-text' : 'dim'}>
        {evictedCount === 0
          ? 'No spans were evicted'
          : `${formatPlural(evictedCount, 'old span')} evicted, to make room for new spans`}
      </p>
      {evictedCount > 0 && (
        <ul class="evicted">
          {Object.entries(store.evicted).map(([service, count]) => (
            <li key={service}>
              <span class="clip">{service}</span>
              <span>{formatCount(count)}</span>
            </li>
          ))}
        </ul>
      )}
      {refusals.length > 0 && (
        <>
          <h3>Recently refused</h3>
          <ul class="refusals">
            {refusals.slice(0, 8).map(({ timeMs, path, status: code, message }) => (
              <li key={`${timeMs} ${path}`}>
                <time title={formatFullTime(timeMs)}>{formatTime(timeMs, { withMs: false })}</time>{' '}
                <code>
                  {code} {path}
                </code>
                <p>{message}</p>
              </li>
            ))}
          </ul>
        </>
      )}
      <label class="import-button">
        Import a file with traces …
        <input
          type="file"
          accept=".json,application/json"
          multiple
          class="visually-hidden"
          onChange={(event) => importFiles([...(event.currentTarget.files ?? [])])}
        />
      </label>
    </>
  );
}

function Address({ name, url }: { readonly name: string; readonly url: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{url}</code>
        <button type="button" class="quiet" onClick={() => copyText(url, 'the address')} aria-label={`Copy ${url}`}>
          Copy
        </button>
      </dd>
    </div>
  );
}

interface MeterProps {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly format: (value: number) => string;
}

function Meter({ name, value, limit, format }: MeterProps) {
  const share = limit > 0 ? Math.min(1, value / limit) : 0;
  return (
    <div class="meter">
      <span>{name}</span>
      <span class="meter-track" aria-hidden="true">
        <i style={{ width: `${share * 100}%` }} />
      </span>
      <span class="number">
        {format(value)} <span class="dim">of {format(limit)}</span>
      </span>
    </div>
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
