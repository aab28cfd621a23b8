// Draws spans as trees, for the programs of the tests: a line for each span, with its failure, links and exceptions.
exports.draw = (spans) => {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const sorted = [...spans].sort((a, b) => a.startMs - b.startMs);
  const line = ({ name, kind, status, attributes, links, events }) =>
    [
      kind === 'server' ? `server ${name}` : name,
      status.code === 'error' ? `! ${attributes['error.type']}: ${status.message}` : '',
      links.length > 0 ? `~${links.length}` : '',
      ...events.map((event) => `(${event.name})`),
    ]
      .filter((part) => part !== '')
      .join(' ');
  const below = (parent, depth) =>
    sorted
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .flatMap((span) => [`${'  '.repeat(depth)}${line(span)}`, ...below(span.spanId, depth + 1)]);
  const orphans = sorted.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId));
  return [...below(undefined, 0), ...orphans.map((span) => `? ${line(span)}`)];
};
