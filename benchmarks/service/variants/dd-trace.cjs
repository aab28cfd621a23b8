// dd-trace, with what is not tracing turned off.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ sink }) => {
  process.env.DD_INSTRUMENTATION_TELEMETRY_ENABLED = 'false';
  process.env.DD_REMOTE_CONFIGURATION_ENABLED = 'false';
  process.env.DD_TRACE_STARTUP_LOGS = 'false';
  const tracer = requirePeer('dd-trace', 'dd-trace').init({
    service: 'bench',
    url: sink,
    sampleRate: 1,
    rateLimit: -1,
    flushInterval: 1000,
    runtimeMetrics: false,
  });
  return { inSpan: (name, fn) => tracer.trace(name, fn) };
};
