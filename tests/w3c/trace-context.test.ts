// The checks of the W3C's validation harness (run.mjs runs the original), and further rules of sections 2 and 3 of Trace Context
// level 2, through a real service of each adapter.
import { type HeaderLine, type Relay, startRelay } from './relay.ts';
import { type Service, startService } from './service.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parentId = 'b7ad6b7169203331';
const traceparent: HeaderLine = ['traceparent', `00-${traceId}-${parentId}-01`];
const zeroTraceId = '0'.repeat(32);
const zeroParentId = '0'.repeat(16);

describe.each(Object.entries(startService))('a service on %s', (_, start) => {
  let service: Service;
  let relay: Relay;

  beforeAll(async () => {
    service = await start();
    relay = await startRelay();
  });

  afterAll(async () => {
    await service.close();
    await relay.close();
  });

  /** The trace headers of one call. There is always one valid traceparent of version 00. */
  async function callWith(...headers: HeaderLine[]): Promise<SentContext> {
    const [sent] = await callsWith(1, ...headers);
    if (sent === undefined) throw new Error('No call was made.');
    return sent;
  }

  async function callsWith(count: number, ...headers: HeaderLine[]): Promise<SentContext[]> {
    const calls = await relay.send(service.url, headers, count);
    return calls.map((received) => {
      expect(received.traceparent).toHaveLength(1);
      const [, sentTraceId = '', sentParentId = '', flags = ''] =
        /^00-([0-9a-f]{32})-([0-9a-f]{16})-0([0-3])$/.exec(received.traceparent[0] ?? '') ?? [];
      expect([sentTraceId, sentParentId]).not.toContain('');
      expect(sentTraceId).not.toBe(zeroTraceId);
      expect(sentParentId).not.toBe(zeroParentId);
      expect(sentParentId).not.toBe(parentId);
      expect(received.tracestate.length).toBeLessThanOrEqual(1);
      return { traceId: sentTraceId, parentId: sentParentId, flags: Number(flags), tracestate: received.tracestate[0] };
    });
  }

  describe('starts a new trace', () => {
    test('without a traceparent: sampled, with a random id', async () => {
      const first = await callWith();
      const second = await callWith();
      expect([first.flags, second.flags]).toEqual([3, 3]);
      expect(first.traceId).not.toBe(second.traceId);
    });

    test.each<[string, ...HeaderLine[]]>([
      ['two traceparents', traceparent, traceparent],
      ['two different traceparents', traceparent, ['traceparent', `00-${'a'.repeat(32)}-${parentId}-01`]],
      ['two traceparents in different case', traceparent, ['TraceParent', traceparent[1]]],
      ['the name trace-parent', ['trace-parent', traceparent[1]]],
      ['the name trace.parent', ['trace.parent', traceparent[1]]],
      ['an empty traceparent', ['traceparent', '']],
      ['version 00 with a character behind the flags', ['traceparent', `00-${traceId}-${parentId}-01.`]],
      ['version 00 with a dash behind the flags', ['traceparent', `00-${traceId}-${parentId}-01-`]],
      ['version 00 with a field behind the flags', ['traceparent', `00-${traceId}-${parentId}-01-more`]],
      [
        'a higher version with anything but a dash behind the flags',
        ['traceparent', `cc-${traceId}-${parentId}-01.more`],
      ],
      ['a higher version with a third flag digit', ['traceparent', `cc-${traceId}-${parentId}-010`]],
      ['a higher version with an all-zero trace id', ['traceparent', `cc-${zeroTraceId}-${parentId}-01`]],
      ['version ff', ['traceparent', `ff-${traceId}-${parentId}-01`]],
      ['version ff with a field behind the flags', ['traceparent', `ff-${traceId}-${parentId}-01-more`]],
      ['a version that begins with a dot', ['traceparent', `.0-${traceId}-${parentId}-01`]],
      ['a version that ends with a dot', ['traceparent', `0.-${traceId}-${parentId}-01`]],
      ['a version of one digit', ['traceparent', `0-${traceId}-${parentId}-01`]],
      ['a version of three digits', ['traceparent', `000-${traceId}-${parentId}-01`]],
      ['a version of four digits', ['traceparent', `0000-${traceId}-${parentId}-01`]],
      ['a version in upper case', ['traceparent', `CC-${traceId}-${parentId}-01`]],
      ['an all-zero trace id', ['traceparent', `00-${zeroTraceId}-${parentId}-01`]],
      ['a trace id that begins with a dot', ['traceparent', `00-.${traceId.slice(1)}-${parentId}-01`]],
      ['a trace id that ends with a dot', ['traceparent', `00-${traceId.slice(1)}.-${parentId}-01`]],
      ['a trace id of 31 digits', ['traceparent', `00-${traceId.slice(1)}-${parentId}-01`]],
      ['a trace id of 33 digits', ['traceparent', `00-${traceId}0-${parentId}-01`]],
      ['a trace id in upper case', ['traceparent', `00-${traceId.toUpperCase()}-${parentId}-01`]],
      ['an all-zero parent id', ['traceparent', `00-${traceId}-${zeroParentId}-01`]],
      ['a parent id that begins with a dot', ['traceparent', `00-${traceId}-.${parentId.slice(1)}-01`]],
      ['a parent id that ends with a dot', ['traceparent', `00-${traceId}-${parentId.slice(1)}.-01`]],
      ['a parent id of 15 digits', ['traceparent', `00-${traceId}-${parentId.slice(1)}-01`]],
      ['a parent id of 17 digits', ['traceparent', `00-${traceId}-${parentId}0-01`]],
      ['a parent id in upper case', ['traceparent', `00-${traceId}-${parentId.toUpperCase()}-01`]],
      ['flags that begin with a dot', ['traceparent', `00-${traceId}-${parentId}-.0`]],
      ['flags that end with a dot', ['traceparent', `00-${traceId}-${parentId}-0.`]],
      ['flags of one digit', ['traceparent', `00-${traceId}-${parentId}-1`]],
      ['flags of three digits', ['traceparent', `00-${traceId}-${parentId}-001`]],
      ['flags in upper case', ['traceparent', `00-${traceId}-${parentId}-0B`]],
      ['a space inside', ['traceparent', `00-${traceId}- ${parentId}-01`]],
      ['a no-break space in front', ['traceparent', `\u00a000-${traceId}-${parentId}-01`]],
      ['a no-break space behind', ['traceparent', `00-${traceId}-${parentId}-01\u00a0`]],
    ])('given %s, and drops the tracestate', async (_name, ...headers) => {
      const sent = await callWith(...headers, ['tracestate', 'foo=1']);
      expect(sent).toEqual({ ...sent, flags: 3, tracestate: undefined });
      expect(headers.join()).not.toContain(sent.traceId);
    });

    test('without a traceparent, and drops the tracestate', async () => {
      expect((await callWith(['tracestate', 'foo=1'])).tracestate).toBeUndefined();
      expect((await callWith(['tracestate', 'foo=1,bar=2'])).tracestate).toBeUndefined();
    });
  });

  describe('continues the trace', () => {
    test.each<[string, HeaderLine]>([
      ['a traceparent', traceparent],
      ['the name TraceParent', ['TraceParent', traceparent[1]]],
      ['the name TrAcEpArEnT', ['TrAcEpArEnT', traceparent[1]]],
      ['the name TRACEPARENT', ['TRACEPARENT', traceparent[1]]],
      ['a space in front', ['traceparent', ` ${traceparent[1]}`]],
      ['a tab in front', ['traceparent', `\t${traceparent[1]}`]],
      ['a space behind', ['traceparent', `${traceparent[1]} `]],
      ['a tab behind', ['traceparent', `${traceparent[1]}\t`]],
      ['spaces and tabs around', ['traceparent', `\t ${traceparent[1]} \t`]],
      ['a higher version', ['traceparent', `cc-${traceId}-${parentId}-01`]],
      ['a higher version with a field behind the flags', ['traceparent', `cc-${traceId}-${parentId}-01-more-to-come`]],
      ['a higher version with a dash behind the flags', ['traceparent', `fe-${traceId}-${parentId}-01-`]],
    ])('given %s', async (_name, header) => {
      const sent = await callWith(header, ['tracestate', 'foo=1']);
      expect(sent).toEqual({ traceId, parentId: sent.parentId, flags: 1, tracestate: 'foo=1' });
    });

    test.each([
      ['00', 0, 'not sampled'],
      ['01', 1, 'sampled'],
      ['02', 2, 'not sampled, random'],
      ['03', 3, 'sampled, random'],
      ['fc', 0, 'unknown bits alone'],
      ['ff', 3, 'unknown bits too'],
    ])('with flags %s sends on the known ones: %i, %s', async (flags, sentFlags) => {
      const sent = await callWith(['traceparent', `00-${traceId}-${parentId}-${flags}`]);
      expect(sent).toEqual({ traceId, parentId: sent.parentId, flags: sentFlags, tracestate: undefined });
    });
  });

  describe('with several calls', () => {
    test.each<[string, ...HeaderLine[]]>([
      ['continuing a sampled trace', traceparent],
      ['continuing a trace that is not sampled', ['traceparent', `00-${traceId}-${parentId}-00`]],
      ['starting a trace', ['traceparent', `00-${zeroTraceId}-${parentId}-01`]],
      ['starting a trace, given nothing'],
    ])('gives each call a different parent id in one trace: %s', async (_name, ...headers) => {
      const calls = await callsWith(3, ...headers);
      expect(new Set(calls.map((call) => call.traceId)).size).toBe(1);
      expect(new Set(calls.map((call) => call.parentId)).size).toBe(3);
    });

    test('sends the received trace id', async () => {
      const calls = await callsWith(3, traceparent);
      expect(calls.map((call) => call.traceId)).toEqual([traceId, traceId, traceId]);
    });
  });

  describe('tracestate', () => {
    /** The headers of a call after these were received with a valid traceparent, which stays valid. */
    async function sentTracestate(...lines: (string | HeaderLine)[]): Promise<string | undefined> {
      const headers = lines.map((line): HeaderLine => (typeof line === 'string' ? ['tracestate', line] : line));
      const sent = await callWith(traceparent, ...headers);
      expect(sent.traceId).toBe(traceId);
      return sent.tracestate;
    }

    const lowerCase = 'abcdefghijklmnopqrstuvwxyz0123456789_-*/';
    const allValueCharacters = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i))
      .filter((character) => character !== ',' && character !== '=')
      .join('');
    const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `bar${i + 1}=${i + 1}`);

    test.each<[string, (string | HeaderLine)[], string]>([
      ['several members', ['foo=1,bar=2'], 'foo=1,bar=2'],
      ['the name TraceState', [['TraceState', 'foo=1']], 'foo=1'],
      ['the name TrAcEsTaTe', [['TrAcEsTaTe', 'foo=1']], 'foo=1'],
      ['the name TRACESTATE', [['TRACESTATE', 'foo=1']], 'foo=1'],
      [
        'several headers, in their order',
        ['foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'],
        'foo=1,bar=2,rojo=1,congo=2,baz=3',
      ],
      ['an empty header behind', ['foo=1', ''], 'foo=1'],
      ['an empty header in front', ['', 'foo=1'], 'foo=1'],
      ['empty members', ['foo=1,,bar=2,'], 'foo=1,bar=2'],
      ['spaces and tabs around commas', ['foo=1 \t , \t bar=2, \t baz=3'], 'foo=1,bar=2,baz=3'],
      ['tabs and spaces around commas', ['foo=1\t \t,\t \tbar=2,\t \tbaz=3'], 'foo=1,bar=2,baz=3'],
      ['a space in front', [' foo=1'], 'foo=1'],
      ['a tab in front', ['\tfoo=1'], 'foo=1'],
      ['a space behind', ['foo=1 '], 'foo=1'],
      ['a tab behind', ['foo=1\t'], 'foo=1'],
      ['spaces and tabs around', ['\t foo=1 \t'], 'foo=1'],
      [
        'every character of a key and of a value',
        [`${lowerCase}=${allValueCharacters}`],
        `${lowerCase}=${allValueCharacters}`,
      ],
      ['every character of a key with an at sign', [`${lowerCase}@${lowerCase}=1`], `${lowerCase}@${lowerCase}=1`],
      ['a key that ends with an at sign', ['foo@=1,bar=2'], 'foo@=1,bar=2'],
      ['a key with two at signs', ['foo@@bar=1,bar=2'], 'foo@@bar=1,bar=2'],
      ['a key of three parts', ['foo@bar@baz=1,bar=2'], 'foo@bar@baz=1,bar=2'],
      ['a key that begins with a digit', ['1a=1'], '1a=1'],
      ['a key of 256 characters', ['foo=1', `${'z'.repeat(256)}=1`], `foo=1,${'z'.repeat(256)}=1`],
      ['a long tenant', ['foo=1', `${'t'.repeat(242)}@v=1`], `foo=1,${'t'.repeat(242)}@v=1`],
      ['a long system', ['foo=1', `t@${'v'.repeat(15)}=1`], `foo=1,t@${'v'.repeat(15)}=1`],
      ['leading spaces of a value', ['foo=  1'], 'foo=  1'],
      ['keys that are integers, in their order', ['10=a,2=b,1=c'], '10=a,2=b,1=c'],
      ['the first of members with one key', ['foo=1,foo=2'], 'foo=1'],
      ['one of members that are the same', ['foo=1,foo=1'], 'foo=1'],
      ['the first of members with one key in two headers', ['foo=1', 'foo=2'], 'foo=1'],
      ['one of members that are the same in two headers', ['foo=1', 'foo=1'], 'foo=1'],
      ['32 members', [many(10).join(','), many(32).slice(10).join(',')], many(32).join(',')],
      ['512 characters', [`a=${'v'.repeat(253)},b=${'v'.repeat(254)}`], `a=${'v'.repeat(253)},b=${'v'.repeat(254)}`],
    ])('sends on %s', async (_name, lines, sent) => {
      expect(await sentTracestate(...lines)).toBe(sent);
    });

    test.each<[string, (string | HeaderLine)[]]>([
      ['the name trace-state', [['trace-state', 'foo=1']]],
      ['the name trace.state', [['trace.state', 'foo=1']]],
      ['an empty header', ['']],
      ['33 members', [many(10).join(','), many(33).slice(10).join(',')]],
      ['a space in a key', ['foo =1']],
      ['a key in upper case', ['FOO=1']],
      ['a dot in a key', ['foo.bar=1']],
      ['a key that begins with an at sign', ['@foo=1,bar=2']],
      ['a key of 257 characters', ['foo=1', `${'z'.repeat(257)}=1`]],
      ['a value of 257 characters', ['foo=1', `bar=${'v'.repeat(257)}`]],
      ['an equals sign in a value', ['foo=bar=baz']],
      ['an empty value', ['foo=,bar=3']],
      ['a member without a value', ['foo,bar=3']],
      ['a tab in a value', ['foo=1\t2,bar=3']],
      ['a character beyond ASCII', ['foo=\u00e9,bar=3']],
      ['a no-break space around a comma', ['foo=1\u00a0,bar=3']],
    ])('sends nothing on, given %s', async (_name, lines) => {
      expect(await sentTracestate(...lines)).toBeUndefined();
    });

    test('sends it on if the trace is not sampled', async () => {
      const sent = await callWith(['traceparent', `00-${traceId}-${parentId}-00`], ['tracestate', 'foo=1,bar=2']);
      expect(sent).toEqual({ traceId, parentId: sent.parentId, flags: 0, tracestate: 'foo=1,bar=2' });
    });
  });
});

interface SentContext {
  traceId: string;
  parentId: string;
  flags: number;
  tracestate: string | undefined;
}
