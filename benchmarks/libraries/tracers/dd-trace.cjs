// dd-trace, with what is not tracing turned off.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ receiver }) => {
  process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = 'false';
  process.env.DD_REMOTE_CONFIGURATION_ENABLED = 'false';
  process.env.DD_TRACE_STARTUP_LOGS = 'false';
  process.env.DD_TRACE_AGENT_PROTOCOL_VERSION = '0.4';
  const tracer = requirePeer('dd-trace', 'dd-trace').init({
    service: 'shop',
    url: receiver,
    sampleRate: 1,
    rateLimit: -1,
    flushInterval: 200,
    runtimeMetrics: false,
  });
  // It exports the rest when the process is about to end.
  return { inSpan: (name, fn) => tracer.trace(name, fn) };
};
