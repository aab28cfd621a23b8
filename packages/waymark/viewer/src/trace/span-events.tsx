/** The events of a span, exceptions first. */

import { toPlainText } from '../../../src/model/plain-value.ts';
import type { Span, SpanEvent } from '../../../src/model/span.ts';
import { msBetween } from '../../../src/model/time.ts';
import { formatDelta } from '../format/delta.ts';
import { copyText } from '../shell/notice.ts';
import { AttributeTable } from './attribute-table.tsx';
import { StackTrace } from './stack-trace.tsx';

/** The exceptions of a span. The status message, if it failed without an exception. */
export function SpanErrors({ span }: { readonly span: Span }) {
  const exceptions = (span.events ?? []).filter(({ name }) => name === 'exception');
  const message = span.status?.message ?? '';
  if (exceptions.length === 0 && span.status?.code !== 'error') return null;
  return (
    <section class="panel-errors">
      {exceptions.map((event) => (
        <ExceptionEvent key={event.timeUnixNano} event={event} />
      ))}
      {exceptions.length === 0 && <h3>{message === '' ? 'This span failed without a message' : message}</h3>}
      {exceptions.length > 0 &&
        message !== '' &&
        !exceptions.some((event) => textOf(event, 'exception.message') === message) && <p>{message}</p>}
    </section>
  );
}

/** The exceptions of a span above, for a span that failed and has none. */
export function ExceptionsAbove({ span }: { readonly span: Span }) {
  const exceptions = (span.events ?? []).filter(({ name }) => name === 'exception');
  if (exceptions.length === 0) return null;
  return (
    <section class="panel-errors">
      <p class="dim">The exception, in the span {span.name}:</p>
      {exceptions.map((event) => (
        <ExceptionEvent key={event.timeUnixNano} event={event} />
      ))}
    </section>
  );
}

function ExceptionEvent({ event }: { readonly event: SpanEvent }) {
  const type = textOf(event, 'exception.type');
  const message = textOf(event, 'exception.message');
  const stack = textOf(event, 'exception.stacktrace');
  return (
    <>
      <h3>
        {type}
        {type !== '' && message !== '' ? ': ' : ''}
        {message}
      </h3>
      {stack !== '' && (
        <div class="stack-frame">
          <StackTrace text={stack} />
          <button type="button" class="quiet" onClick={() => copyText(stack, 'the stack trace')}>
            Copy
          </button>
        </div>
      )}
    </>
  );
}

export function SpanEvents({ span, canSearch }: { readonly span: Span; readonly canSearch: boolean }) {
  const events = (span.events ?? []).filter(({ name }) => name !== 'exception');
  return (
    <ol class="events">
      {events.map((event, index) => (
        <li key={index}>
          <span class="event-time">{formatDelta(msBetween(span.startTimeUnixNano, event.timeUnixNano))}</span>
          <b>{event.name}</b>
          {event.attributes !== undefined && (
            <AttributeTable
              attributes={event.attributes}
              droppedCount={event.droppedAttributesCount}
              canSearch={canSearch}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

function textOf(event: SpanEvent, key: string): string {
  const value = event.attributes?.[key];
  return value === undefined ? '' : toPlainText(value);
}
