// The thread of docs/background.md. It sends its spans to the test.
const { parentPort } = require('node:worker_threads');
const { extract, getTracer, withSpan } = require('@waymark/core');
const { inMemoryExporter } = require('@waymark/core/testing');

const exporter = inMemoryExporter();
getTracer({ serviceName: 'thread', exporter });
const render = JSON.stringify;

parentPort.on('message', ({ order, headers }) => {
  withSpan('render', { parent: extract(headers) }, () => render(order));
});
parentPort.on('message', () => parentPort.postMessage(exporter.spans));
