import { sketchTrace } from '../../test/sketch-trace.ts';
import { analyseTrace } from './analyse-trace.ts';
import { toOutline } from './to-outline.ts';

/** Prints the tree, and the findings. */
function look(drawing: string) {
  const outline = toOutline(sketchTrace(drawing));
  const { order, depths, findings, roots, orphans, subtreeEnds, childCounts, parents } = analyseTrace(outline);
  const nameAt = (span: number) => outline.names[outline.nameOf[span] as number] as string;
  const tree = [...order].map((span, row) => ' '.repeat(depths[row] as number) + nameAt(span));
  return {
    tree,
    roots: roots.map(nameAt),
    orphans: orphans.map(({ parentSpanId, spans }) => [parentSpanId, spans.map(nameAt)]),
    findings: findings.map((finding) => ({
      ...finding,
      ...('spans' in finding && { spans: finding.spans.map(nameAt) }),
      ...('span' in finding && { span: nameAt(finding.span) }),
    })),
    subtreeEnds: [...subtreeEnds],
    childCounts: [...childCounts],
    parents: [...parents],
  };
}

describe('the tree of a trace', () => {
  test('is depth first, with siblings ordered by start', () => {
    const { tree, subtreeEnds, childCounts, parents, roots, findings } = look(`
      a server root 0-100
        a internal late 50-60
          a internal leaf 51-52
        a internal early 10-20
    `);
    expect(tree).toEqual(['root', ' early', ' late', '  leaf']);
    expect(subtreeEnds).toEqual([4, 2, 4, 4]);
    expect(childCounts).toEqual([2, 0, 1, 0]);
    expect(parents).toEqual([-1, 0, 0, 2]);
    expect(roots).toEqual(['root']);
    expect(findings).toEqual([]);
  });

  test('of no spans is empty', () => {
    expect(look('')).toMatchObject({ tree: [], roots: [], findings: [] });
  });

  test('keeps spans whose parent is missing at the top, by the id of that parent', () => {
    const { tree, orphans, findings, roots } = look(`
      a server root 0-100
      b server one 10-20 ^ff
        b internal below 11-12
      c server two 30-40 ^ff
      c server three 50-60 ^fe
    `);
    expect(tree).toEqual(['root', 'one', ' below', 'two', 'three']);
    expect(roots).toEqual(['root']);
    expect(orphans).toEqual([
      ['00000000000000ff', ['one', 'two']],
      ['00000000000000fe', ['three']],
    ]);
    expect(findings).toEqual([
      { kind: 'orphan', parentSpanId: '00000000000000ff', spans: ['one', 'two'] },
      { kind: 'orphan', parentSpanId: '00000000000000fe', spans: ['three'] },
    ]);
  });

  test('reports that the root is missing', () => {
    expect(look('a server one 0-10 ^ff').findings).toEqual([
      { kind: 'missing-root' },
      { kind: 'orphan', parentSpanId: '00000000000000ff', spans: ['one'] },
    ]);
  });

  test('reports several roots', () => {
    expect(look('a server one 0-10\nb server two 5-10').findings).toEqual([
      { kind: 'several-roots', spans: ['one', 'two'] },
    ]);
  });

  test('cuts a span that is its own parent', () => {
    const { tree, findings, orphans } = look('a server self 0-10 #a1 ^a1');
    expect(tree).toEqual(['self']);
    expect(orphans).toEqual([]);
    expect(findings).toEqual([{ kind: 'missing-root' }, { kind: 'cycle', spans: ['self'] }]);
  });

  test('cuts a circle above its earliest span', () => {
    const { tree, findings } = look(`
      a server root 0-100
      a internal third 30-40 #c3 ^c2
      a internal first 10-60 #c1 ^c3
      a internal second 20-50 #c2 ^c1
      a internal below 35-36 ^c3
    `);
    expect(tree).toEqual(['root', 'first', ' second', '  third', '   below']);
    expect(findings).toEqual([{ kind: 'cycle', spans: ['first', 'second', 'third'] }]);
  });

  test("puts the server's side of a call with the client's id below the client, and later spans below the server", () => {
    const { tree, findings, roots } = look(`
      a server root 0-100
        a client call 10-50 #cc
        b server handle 12-48 #cc
        b internal work 20-30 ^cc
        a internal aside 20-25 ^cc
    `);
    expect(tree).toEqual(['root', ' call', '  handle', '   work', '  aside']);
    expect(roots).toEqual(['root']);
    expect(findings).toEqual([]);
  });

  test('pairs both sides also if the call is the root', () => {
    const { tree, roots, findings } = look(`
      a client call 0-50 #cc
      b server handle 2-48 #cc
    `);
    expect(tree).toEqual(['call', ' handle']);
    expect(roots).toEqual(['call']);
    expect(findings).toEqual([]);
  });

  test('shows and reports spans that share an id; children stay with their service', () => {
    const { tree, findings } = look(`
      a server root 0-100
        a internal one 10-50 #cc
        b internal two 12-48 #cc
        b internal child 20-30 ^cc
    `);
    expect(tree).toEqual(['root', ' one', ' two', '  child']);
    expect(findings).toEqual([{ kind: 'duplicate-id', spanId: '00000000000000cc', spans: ['one', 'two'] }]);
  });

  test('does not make a span its own parent if another span has its id', () => {
    const { tree } = look(`
      a internal one 0-50 #cc
      a internal two 12-48 #cc ^cc
    `);
    expect(tree).toEqual(['one', ' two']);
  });

  test('reports a span that ends before it starts', () => {
    expect(look('a server root 0-100\n  a internal back 20-10').findings).toEqual([
      { kind: 'negative-duration', span: 'back' },
    ]);
  });

  test('is built without recursion for 200,000 nested spans', () => {
    const count = 200_000;
    const idOf = (index: number) => index.toString(16).padStart(16, '0');
    const zeros = new Array<number>(count).fill(0);
    const outline = {
      ...toOutline(sketchTrace('a server root 0-1')),
      spanIds: zeros.map((_, index) => idOf(index + 1)),
      parentSpanIds: zeros.map((_, index) => (index === 0 ? '' : idOf(index))),
      serviceOf: zeros,
      nameOf: zeros,
      signatureOf: zeros,
      kindOf: zeros,
      statusOf: zeros,
      startMs: zeros.map((_, index) => index / 1000),
      durationMs: zeros.map((_, index) => (2 * (count - index)) / 1000),
    };
    const { depths, criticalPath } = analyseTrace(outline);
    expect(depths.at(-1)).toBe(count - 1);
    expect(criticalPath.length).toBeGreaterThan(0);
  });
});
