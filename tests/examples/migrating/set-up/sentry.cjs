// Sentry, with its events in place of being sent.
'use strict';
const Sentry = require('@sentry/node');

const transactions = [];
Sentry.init({
  dsn: 'http://key@127.0.0.1:9/1',
  tracesSampleRate: 1,
  traceLifecycle: 'static',
  defaultIntegrations: false,
  transport: (options) => ({ send: async () => ({}), flush: async () => true, options }),
  beforeSendTransaction(event) {
    transactions.push(event);
    return null;
  },
});

exports.finish = async () => {
  await Sentry.flush(2000);
  return transactions.flatMap(({ transaction, contexts, spans }) =>
    [{ ...contexts.trace, description: transaction }, ...spans].map((span) => ({
      name: span.description,
      spanId: span.span_id,
      parentSpanId: span.parent_span_id,
      traceId: span.trace_id,
      attributes: span.data,
      hasFailed: span.status !== undefined && span.status !== 'ok',
    })),
  );
};
