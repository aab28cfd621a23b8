// Sentry, recording every trace.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ sink, framework }) => {
  const sentry = requirePeer('sentry', '@sentry/node');
  sentry.init({
    dsn: sink.replace('http://', 'http://key@').concat('/1'),
    tracesSampleRate: 1,
    // Its default of 64 would drop most of what a busy service records, and with it the cost.
    transportOptions: { bufferSize: 1_000_000 },
  });
  return {
    express: (app) => framework === 'express' && sentry.setupExpressErrorHandler(app),
    inSpan: (name, fn) => sentry.startSpan({ name }, fn),
    flush: () => sentry.flush(60_000),
  };
};
