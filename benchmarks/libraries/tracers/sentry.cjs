// Sentry, recording every trace.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ receiver }) => {
  const sentry = requirePeer('sentry', '@sentry/node');
  sentry.init({
    dsn: receiver.replace('http://', 'http://key@').concat('/1'),
    tracesSampleRate: 1,
    // Its default of 64 would drop most of what a busy service records.
    transportOptions: { bufferSize: 1_000_000 },
  });
  return {
    inSpan: (name, fn) => sentry.startSpan({ name }, fn),
    flush: () => sentry.flush(60_000),
    finish: () => sentry.close(60_000),
  };
};
