/**
 * Writes attributes that repeat from span to span. Spans of one name usually have the same keys in the same order, and most of their
 * values are equal too: method, route, scheme, host, status. The bytes of one such span are copied for the next, in runs of equal
 * attributes. Copying a run costs as much as writing a single short attribute.
 */
import type { AttributeValue } from '../attribute-value.ts';
import { type AttributeList, keyAt, valueAt } from '../attributes.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';

/** Writes one attribute with its tag. */
export type WriteAttribute = (writer: ByteWriter, key: string, value: AttributeValue) => void;

/** The attributes of one span, with their bytes. */
interface Model {
  readonly list: AttributeList;
  readonly bytes: Buffer;
  /** Where each attribute ends in `bytes`. */
  readonly ends: readonly number[];
  /** The last run that began at each index: most spans use the same runs. */
  readonly runs: (Run | undefined)[];
}

interface Run {
  readonly end: number;
  readonly bytes: Buffer;
}

interface Known {
  model: Model | undefined;
  /** How many spans of this name there were, and at which count the next model is made. */
  spanCount: number;
  nextModelAt: number;
}

// Names are few: routes, operations. Names with ids in them must not fill the memory.
const maxNames = 500;
const maxModelBytes = 2048;

// A model is made of the second span, the fourth, the eighth…, so that an unusual span does not stay the model for long.
const maxSpansPerModel = 1024;

// How far optional attributes may shift the others.
const maxShift = 4;

const knownNames = new Map<string, Known>();

/** Writes the attributes of a span of that name. The bytes are those that `writeAttribute` writes. */
export function writeInRuns(
  writer: ByteWriter,
  name: string,
  list: Readonly<AttributeList>,
  writeAttribute: WriteAttribute,
): void {
  const known = knownOf(name);
  known.spanCount++;
  if (known.spanCount === known.nextModelAt) {
    known.nextModelAt += Math.min(known.spanCount, maxSpansPerModel);
    known.model = writeModel(writer, list, writeAttribute);
    return;
  }
  const { model } = known;
  let index = 0;
  let at = 0;
  while (index < list.length) {
    const key = keyAt(list, index);
    const place = model === undefined ? -1 : placeOf(model, key, at);
    const length = model === undefined || place === -1 ? 0 : lengthOfRun(model, place, list, index);
    if (model === undefined || length === 0) {
      writeAttribute(writer, key, valueAt(list, index));
      index += 2;
      if (place !== -1) at = place + 2;
    } else {
      writer.append(bytesOfRun(model, place, place + length));
      index += length;
      at = place + length;
    }
  }
}

function knownOf(name: string): Known {
  let known = knownNames.get(name);
  if (known === undefined) {
    if (knownNames.size >= maxNames) knownNames.clear();
    known = { model: undefined, spanCount: 0, nextModelAt: 2 };
    knownNames.set(name, known);
  }
  return known;
}

/** Finds a key in a model, at a place or a little after it; -1 if it is not there. */
function placeOf({ list }: Model, key: string, at: number): number {
  const end = Math.min(list.length, at + 2 * maxShift);
  for (let place = at; place < end; place += 2) {
    if (list[place] === key) return place;
  }
  return -1;
}

/** How many elements of the two lists are equal from these places on. */
function lengthOfRun(model: Model, place: number, list: Readonly<AttributeList>, index: number): number {
  const end = Math.min(model.list.length - place, list.length - index);
  let length = 0;
  while (
    length < end &&
    model.list[place + length] === list[index + length] &&
    model.list[place + length + 1] === list[index + length + 1]
  ) {
    length += 2;
  }
  return length;
}

function bytesOfRun({ bytes, ends, runs }: Model, start: number, end: number): Buffer {
  const run = runs[start];
  if (run !== undefined && run.end === end) return run.bytes;
  const cut = bytes.subarray(start === 0 ? 0 : ends[start / 2 - 1], ends[end / 2 - 1]);
  runs[start] = { end, bytes: cut };
  return cut;
}

/** Writes a span's attributes one by one, and keeps their bytes; `undefined` if these are too long. */
function writeModel(
  writer: ByteWriter,
  list: Readonly<AttributeList>,
  writeAttribute: WriteAttribute,
): Model | undefined {
  const start = writer.position - writer.itemStart; // the item may move
  const ends: number[] = [];
  for (let index = 0; index < list.length; index += 2) {
    writeAttribute(writer, keyAt(list, index), valueAt(list, index));
    ends.push(writer.position - writer.itemStart - start);
  }
  const written = writer.bytes.subarray(writer.itemStart + start, writer.position);
  if (written.length > maxModelBytes) return undefined;
  return { list: list.map(toOwn), bytes: Buffer.from(written), ends, runs: list.map(() => undefined) };
}

// V8 makes a substring of 13 or more characters a reference to the whole string, which may be a whole request.
const minSliceLength = 13;

/** A value that may be kept. Arrays are not kept: two of them are never equal. */
function toOwn(value: string | AttributeValue): string | AttributeValue {
  if (typeof value === 'object') return Number.NaN; // equal to nothing
  return typeof value === 'string' && value.length >= minSliceLength ? Buffer.from(value).toString() : value;
}
