// Encodes each span as it ends, frames a batch, and drops it: everything except sending, which takes the body in parts.
'use strict';
const { dirname, join } = require('node:path');

// The encoder alone is not public, so no entry exports it.
const dist = join(dirname(require.resolve('@waymark/core/package.json')), 'dist');
const { protobufFormat } = require(join(dist, 'otlp/protobuf-format.js'));
const { ByteWriter } = require(join(dist, 'sending/byte-writer.js'));

/**
 * @param {(parts: { length: number }) => void} consume Takes the body of each batch.
 * @param {number} batchSize Spans of a batch.
 */
exports.encodingExporter = (consume, batchSize) => {
  const writer = new ByteWriter(Number.POSITIVE_INFINITY);
  let count = 0;
  return {
    name: 'encoding',
    export(span) {
      writer.beginItem();
      protobufFormat.encodeSpan(writer, span);
      if (++count % batchSize === 0) consume(protobufFormat.frame(writer.takeChunk(), span.tracer.resource));
    },
    stats: () => ({ exported: count, waiting: 0, dropped: {} }),
  };
};
exports.protobufFormat = protobufFormat;
exports.ByteWriter = ByteWriter;
