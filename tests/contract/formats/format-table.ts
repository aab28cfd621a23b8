// What each format can express, and the test that proves it. docs/propagation.md shows the table.

export const columns = ['read', 'write', 'single', 'multi', 'debug', 'deferred', 'baggage'] as const;

export interface Cell {
  /** The wording of the page. */
  readonly text: string;
  /** The path of a test file, relative to the repository. */
  readonly file: string;
  /** The title of a test in that file, with its placeholders. */
  readonly test: string;
}

const core = 'packages/core/src/propagation';
const traceparent = `${core}/traceparent.test.ts`;
const baggage = `${core}/baggage-header.test.ts`;
const b3 = `${core}/b3.test.ts`;
const jaeger = `${core}/jaeger.test.ts`;
const xray = `${core}/xray.test.ts`;
const several = `${core}/join-formats.test.ts`;

function cell(text: string, file: string, test: string): Cell {
  return { text, file, test };
}

/** The keys are names of the option `propagators`. */
export const formats: Readonly<Record<string, Readonly<Record<(typeof columns)[number], Cell>>>> = {
  'tracecontext, baggage': {
    read: cell('yes', traceparent, 'reads version, trace id, parent id and flags'),
    write: cell('yes', traceparent, 'has version 00, two digits of flags, and only known flags'),
    single: cell('`traceparent`', traceparent, 'refuses two headers joined by Node'),
    multi: cell('`tracestate`', 'tests/contract/server/parents.ts', 'keeps tracestate, joined from several headers'),
    debug: cell('as sampled', several, 'is sent in W3C’s headers as sampled'),
    deferred: cell('no', several, 'stay open if the second has no word for that'),
    baggage: cell('`baggage`', baggage, 'joins several headers, as Node does'),
  },
  b3: {
    read: cell('both forms', b3, 'with the ending %j has the state %s'),
    write: cell('yes', b3, 'is written with %s as the ending %j'),
    single: cell('`b3`', b3, 'wins over the others'),
    multi: cell('read', b3, 'counts as absent if it is malformed'),
    debug: cell('`d`', several, 'of %s is recorded whatever the sampler says, and carried on'),
    deferred: cell('no state', several, 'by %s is taken by the root sampler, and the ids are kept'),
    baggage: cell('no', b3, '$name does not carry baggage'),
  },
  b3multi: {
    read: cell('both forms', b3, 'with %j have the state %s'),
    write: cell('yes', b3, 'are written with %s as %j, and never with a parent'),
    single: cell('read', b3, 'wins over the others'),
    multi: cell('`X-B3-*`', b3, 'with %j have the state %s'),
    debug: cell('`X-B3-Flags: 1`', several, 'of %s is recorded whatever the sampler says, and carried on'),
    deferred: cell('no state', several, 'by %s is taken by the root sampler, and the ids are kept'),
    baggage: cell('no', b3, '$name does not carry baggage'),
  },
  jaeger: {
    read: cell('yes', jaeger, 'with the flags %s has the state %s'),
    write: cell('yes', jaeger, 'is written in full, with a parent of 0, and %s as the flags %s'),
    single: cell('`uber-trace-id`', jaeger, 'is ignored if it %s'),
    multi: cell('`uberctx-*`', jaeger, 'is one header for each entry, percent-decoded, with keys in lower case'),
    debug: cell(
      'flag 2, `jaeger-debug-id`',
      several,
      'by jaeger-debug-id starts a trace, with the id only on its root',
    ),
    deferred: cell('as not sampled', jaeger, 'is written in full, with a parent of 0, and %s as the flags %s'),
    baggage: cell('`uberctx-*`, `jaeger-baggage`', jaeger, 'is written percent-encoded, with keys in lower case'),
  },
  xray: {
    read: cell('yes', xray, 'reads the fields of %j'),
    write: cell('yes', xray, 'splits the trace id at the same place, and writes %s as Sampled=%s'),
    single: cell('`X-Amzn-Trace-Id`', xray, 'reads the state of %j as %s'),
    multi: cell('no', xray, 'ignores a header that %s'),
    debug: cell('as sampled', xray, 'a written header is read as the same, except debug, which it cannot carry'),
    deferred: cell('`Sampled=?`', several, 'by %s is taken by the root sampler, and the ids are kept'),
    baggage: cell('no', xray, 'does not carry baggage'),
  },
};
