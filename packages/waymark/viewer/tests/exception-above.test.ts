import { analyseTrace } from '../../src/analysis/analyse-trace.ts';
import { toOutline } from '../../src/analysis/to-outline.ts';
import { sketchTrace } from '../../test/sketch-trace.ts';
import { exceptionAbove } from '../src/trace/exception-above.ts';
import { buildTraceModel } from '../src/trace/trace-model.ts';

/** The name of the span whose exception the panel of the span `query` shows. */
function foundAbove(drawing: string, withException: readonly string[]): string | undefined {
  const spans = sketchTrace(drawing).map((span) =>
    withException.includes(span.name) ? { ...span, events: [{ timeUnixNano: '0', name: 'exception' }] } : span,
  );
  const outline = toOutline(spans);
  const model = buildTraceModel(outline, analyseTrace(outline));
  const row = model.tree.nodes.findIndex((node) => node >= 0 && model.names[model.nameOf[node] as number] === 'query');
  const found = exceptionAbove(model, row);
  return found === -1 ? undefined : model.names[model.nameOf[found] as number];
}

const trace = `
users server GET 0-100 !no-such-column
  users internal loadUser 1-99 !no-such-column
    users client first 2-20
    users client query 21-98 !no-such-column`;

test.each([
  ['of the nearest span', trace, ['GET', 'loadUser'], 'loadUser'],
  ['of a span further up', trace, ['GET'], 'GET'],
  ['of no span, if it has one of its own', trace, ['GET', 'query'], undefined],
  ['of no span, if none has one', trace, [], undefined],
  [
    'of no span that has another failure',
    trace.replace('loadUser 1-99 !no-such-column', 'loadUser 1-99 !declined'),
    ['loadUser'],
    undefined,
  ],
  [
    'of no span above one that did not fail',
    trace.replace('loadUser 1-99 !no-such-column', 'loadUser 1-99'),
    ['GET'],
    undefined,
  ],
  [
    'of no span of another service',
    trace.replaceAll(/users (server|internal)/g, 'other $1'),
    ['GET', 'loadUser'],
    undefined,
  ],
  [
    'of no span, if it did not fail',
    trace.replace('query 21-98 !no-such-column', 'query 21-98'),
    ['loadUser'],
    undefined,
  ],
])('shows the exception %s', (_, drawing, withException, expected) => {
  expect(foundAbove(drawing, withException)).toBe(expected);
});
