// A function of Lambda, as docs/cloud.md has it.
const { activeSpan, extract, withSpan } = require('@waymark/core');

const ship = ({ item }) => `${item} in ${activeSpan().traceId}`;

exports.handler = (event, context) =>
  withSpan('ship', { kind: 'server', parent: extract(context.clientContext?.custom ?? {}) }, () => ship(event));
