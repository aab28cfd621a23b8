import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testOnUnix } from '../../../../../tests/on-platform.ts';
import { createDiagnostics } from '../../diagnostics.ts';
import { createSpool, type Spool, type SpoolOptions } from './spool.ts';

let folder: string;
let directory: string;
const opened: Spool[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waymark-spool-'));
  directory = join(folder, 'spool');
});

afterEach(() => {
  for (const spool of opened.splice(0)) spool.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(options: Partial<SpoolOptions> = {}) {
  const lines: string[] = [];
  const diagnostics = createDiagnostics({ write: (line) => lines.push(line) });
  const lost: number[] = [];
  const spool = createSpool({
    directory,
    maxBytes: 1_000_000,
    whenFull: 'drop-newest',
    format: 'test text/plain',
    diagnostics,
    onFound: () => {},
    onLost: (spanCount) => lost.push(spanCount),
    ...options,
  });
  opened.push(spool);
  return { spool, diagnostics, lines, lost };
}

function write(spool: Spool, ...texts: string[]) {
  return texts.map((text) => spool.write(Buffer.from(text), 1));
}

/** Leaves batches for the next process. */
function leave(...texts: string[]): void {
  const { spool } = open();
  write(spool, ...texts);
  spool.close();
}

/** Takes all batches of earlier processes; `undefined` for a damaged one. */
function takeAll(spool: Spool): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (;;) {
    const frame = spool.nextFound();
    if (frame === undefined) return texts;
    texts.push(spool.read(frame)?.toString());
    spool.finish(frame);
  }
}

function files(): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function pathOfOnly(): string {
  const [file = '', ...others] = files();
  expect(others).toEqual([]);
  return join(directory, file);
}

describe('a batch', () => {
  test('is on disk until it is finished, and is read as it was written', () => {
    const { spool } = open();
    const [frame] = write(spool, 'a batch');
    expect(readFileSync(pathOfOnly(), 'latin1')).toMatch(/a batch$/);
    expect(frame && spool.read(frame)?.toString()).toBe('a batch');
    if (frame) spool.finish(frame);
    expect(readFileSync(pathOfOnly(), 'latin1')).not.toMatch(/a batch/);
    spool.close();
    expect(files()).toEqual([]);
  });

  test('that was not finished is found once by the next process, in order', () => {
    leave('one', 'two');
    leave('three');
    const { spool } = open();
    expect(spool.hasFound()).toBe(true);
    expect(takeAll(spool)).toEqual(['one', 'two', 'three']);
    expect(spool.hasFound()).toBe(false);
    expect(files()).toEqual([]);
    expect(takeAll(open().spool)).toEqual([]);
  });

  test('that was finished is not found, wherever it is in the file', () => {
    const { spool } = open();
    const [, second] = write(spool, 'one', 'two', 'three');
    if (second) spool.finish(second);
    spool.close();
    expect(takeAll(open().spool)).toEqual(['one', 'three']);
  });

  test('goes into a new file when one is full, and a finished file is deleted', () => {
    const { spool } = open({ maxBytes: 80_000 }); // files of 10,000
    const frames = write(spool, ...Array.from({ length: 7 }, (_, index) => String(index).repeat(4000)));
    expect(files()).toHaveLength(4);
    for (const frame of frames.slice(0, 3)) if (frame) spool.finish(frame);
    expect(files()).toHaveLength(3);
    spool.close();
    const texts = takeAll(open().spool);
    expect(texts.map((text) => text?.[0])).toEqual(['3', '4', '5', '6']);
  });

  testOnUnix('file modes')('can be read only by its owner', () => {
    write(open().spool, 'a batch');
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(statSync(pathOfOnly()).mode & 0o777).toBe(0o600);
  });
});

describe('a file', () => {
  test('that was cut anywhere still has its complete batches', () => {
    leave('one', 'two', 'three');
    const path = pathOfOnly();
    const bytes = readFileSync(path);
    const seen = new Set<string>();
    for (let length = bytes.length; length >= 0; length--) {
      writeFileSync(path, bytes);
      truncateSync(path, length);
      const { spool, lines } = open();
      const texts = takeAll(spool);
      expect(['one', 'two', 'three'].slice(0, texts.length)).toEqual(texts);
      seen.add(texts.join());
      spool.close();
      expect([lines, files()]).toEqual([[], []]);
    }
    expect([...seen]).toEqual(['one,two,three', 'one,two', 'one', '']);
  });

  test('with a wrong byte anywhere never returns wrong data, and the damage is counted', () => {
    leave('one', 'two', 'three');
    const path = pathOfOnly();
    const bytes = readFileSync(path);
    const head = bytes.indexOf('}\n') + 2;
    for (let at = head; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      writeFileSync(path, damaged);
      const { spool, diagnostics } = open();
      const texts = takeAll(spool);
      for (const text of texts) expect(['one', 'two', 'three', undefined]).toContain(text);
      const readable = texts.filter((text) => text !== undefined);
      expect(readable.length).toBeLessThan(3);
      const isStateByte = diagnostics.counts()['spool-damaged'] === undefined;
      if (isStateByte) expect(readable).toHaveLength(2); // the batch counts as finished
      spool.close();
      expect(files()).toEqual([]);
    }
  });

  test.each(['waymark spool 2\n{"format":"test text/plain"}\nwhat comes then', 'something else'])(
    'of another version, or of another program, is left alone, and reported once: %j',
    (text) => {
      leave('one');
      const path = pathOfOnly();
      writeFileSync(path, text);
      const { lines } = open();
      expect(lines).toEqual([`waymark warn: ${path} is of another version, or damaged, and was left alone`]);
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  test('of another format is left for its exporter', () => {
    leave('one');
    const { spool, lines } = open({ format: 'test application/json' });
    expect([takeAll(spool), lines]).toEqual([[], []]);
    spool.close();
    expect(takeAll(open().spool)).toEqual(['one']);
  });

  test('that no spool has written is not touched', () => {
    leave('one');
    for (const name of ['notes.txt', 'a.b.c.spool', '.spool']) writeFileSync(join(directory, name), 'mine');
    const { spool, lines } = open();
    expect(takeAll(spool)).toEqual(['one']);
    spool.close();
    expect([files().sort(), lines]).toEqual([['.spool', 'a.b.c.spool', 'notes.txt'], []]);
  });
});

describe('several spools in one directory', () => {
  test('do not touch each other’s files while they live', () => {
    const [one, other] = [open().spool, open().spool];
    write(one, 'of one');
    write(other, 'of the other');
    const third = open().spool;
    expect([takeAll(one), takeAll(other), takeAll(third)]).toEqual([[], [], []]);
  });

  test('share the batches of earlier processes: each is found by exactly one', () => {
    for (let index = 0; index < 20; index++) leave(`batch ${index}`);
    const all = [open({ maxBytes: 700 }), open({ maxBytes: 700 }), open()].flatMap(({ spool }) => takeAll(spool));
    expect(all.sort()).toEqual(Array.from({ length: 20 }, (_, index) => `batch ${index}`).sort());
  });
});

describe('room', () => {
  const batch = (name: string): string => name.repeat(1000);

  test('that is used up leaves the batch in memory, by default', () => {
    const { spool, diagnostics } = open({ maxBytes: 5000 });
    const frames = write(spool, ...['a', 'b', 'c', 'd', 'e', 'f'].map(batch));
    expect(frames.map((frame) => frame !== undefined)).toEqual([true, true, true, true, false, false]);
    expect(diagnostics.counts()).toEqual({ 'spool-full': 2 });
    expect(spool.byteCount()).toBeLessThanOrEqual(5000);
    if (frames[0]) spool.finish(frames[0]);
    expect(write(spool, batch('g'))[0]).toBeDefined();
  });

  test('is made by dropping the oldest file, with whenFull: drop-oldest', () => {
    const { spool } = open({ maxBytes: 5000, whenFull: 'drop-oldest' });
    const dropped: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      const [frame] = write(spool, batch(name));
      if (frame) frame.onDropped = () => dropped.push(name);
    }
    expect(dropped).toEqual(['a', 'b']);
    expect(spool.byteCount()).toBeLessThanOrEqual(5000);
    spool.close();
    expect(takeAll(open().spool)).toEqual(['c', 'd', 'e', 'f'].map(batch));
  });

  test('is made by dropping files of earlier processes first, and never files under way', () => {
    leave(batch('x'));
    const { spool, lost } = open({ maxBytes: 5000, whenFull: 'drop-oldest' });
    const [first] = write(spool, batch('a'));
    if (first) first.isUnderWay = true;
    const dropped: string[] = [];
    for (const name of ['b', 'c', 'd', 'e']) {
      const [frame] = write(spool, batch(name));
      if (frame) frame.onDropped = () => dropped.push(name);
    }
    expect([lost, dropped]).toEqual([[1], ['b']]);
    expect(first && spool.read(first)?.toString()).toBe(batch('a'));
  });

  test('is used by files of earlier processes; further files wait', () => {
    for (const name of ['a', 'b', 'c']) leave(batch(name));
    const { spool } = open({ maxBytes: 2200 });
    expect(spool.byteCount()).toBeLessThanOrEqual(2200);
    expect(takeAll(spool)).toEqual(['a', 'b'].map(batch));
    spool.close();
    expect(takeAll(open().spool)).toEqual([batch('c')]);
  });
});

describe('a disk that fails', () => {
  test('since the directory cannot be created is reported, and the batch stays in memory', () => {
    writeFileSync(directory, 'a file in the way');
    const { spool, lines, diagnostics } = open();
    expect(write(spool, 'one', 'two')).toEqual([undefined, undefined]);
    expect(lines[0]).toMatch(/^waymark warn: the spool cannot be used, so spans are kept in memory for now: E/);
    expect(diagnostics.counts()).toMatchObject({ 'spool-failed': expect.any(Number) });
  });

  test('since the directory was deleted loses no later batch, and none under way', () => {
    const { spool } = open();
    const [before] = write(spool, 'before');
    rmSync(directory, { recursive: true });
    const [after] = write(spool, 'after');
    expect(before && spool.read(before)?.toString()).toBe('before');
    expect(after && spool.read(after)?.toString()).toBe('after');
    expect(readFileSync(pathOfOnly(), 'latin1')).toMatch(/after$/);
    if (before) spool.finish(before);
    spool.close();
    expect(takeAll(open().spool)).toEqual(['after']);
  });

  test('since the directory was deleted loses no waiting batch: it is written again with the next one', () => {
    const { spool } = open({ maxBytes: 80_000 }); // files of 10,000
    const texts = ['1', '2', '3'].map((digit) => digit.repeat(6000));
    const frames = write(spool, ...texts);
    rmSync(directory, { recursive: true });
    write(spool, 'after');
    expect(files()).toHaveLength(3);
    if (frames[1]) spool.finish(frames[1]);
    spool.close();
    expect(takeAll(open().spool)).toEqual([texts[0], texts[2], 'after']);
  });

  test.each(['own', 'found'])(
    'by a directory that vanishes costs nothing that waits (%s): it is written again at the end',
    (whose) => {
      if (whose === 'found') leave('one', 'two');
      const { spool } = open();
      if (whose === 'own') write(spool, 'one', 'two');
      else spool.nextFound();
      rmSync(directory, { recursive: true });
      spool.close();
      expect(takeAll(open().spool)).toEqual(['one', 'two']);
    },
  );

  test('since the directory cannot be created again does not keep its batches', () => {
    const { spool, diagnostics } = open();
    const [frame] = write(spool, 'one');
    expect(frame && spool.keeps(frame)).toBe(true);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, 'a file in the way');
    spool.rescue();
    expect(frame && spool.keeps(frame)).toBe(false);
    expect(diagnostics.counts()).toMatchObject({ 'spool-failed': expect.any(Number) });
    expect(frame && spool.read(frame)?.toString()).toBe('one');
  });
});

test('a file is taken over if its owner in another container has given no sign for long', () => {
  leave('one');
  const path = pathOfOnly();
  const foreign = path.replace('.free.', '.1-2-3-abcdef01.');
  writeFileSync(foreign, readFileSync(path));
  rmSync(path);
  expect(takeAll(open().spool)).toEqual([]);
  const longAgo = new Date(Date.now() - 6 * 60_000);
  utimesSync(foreign, longAgo, longAgo);
  expect(takeAll(open().spool)).toEqual(['one']);
});
