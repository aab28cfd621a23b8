/**
 * Attributes that are written again and again. Spans of one name mostly have the same keys in the same order, and most of the
 * values are the same too: method, route, scheme, host, status. What was written for one such span is copied for the next, run
 * by run, where it would come out the same. One copy costs as much as it takes to write a single short attribute.
 */
import { type AttributeList, type AttributeValue, keyAt, valueAt } from '../attributes.ts';
import type { ByteWriter } from '../sending/byte-writer.ts';

/** Writes one attribute, its tag included. */
export type WriteAttribute = (writer: ByteWriter, key: string, value: AttributeValue) => void;

/** The attributes of one span, as they were written. */
interface Model {
  readonly list: AttributeList;
  readonly bytes: Buffer;
  /** Where each attribute ends in `bytes`. */
  readonly ends: readonly number[];
  /** Runs as they were last cut out, by the index of their first attribute: they are mostly cut in the same places. */
  readonly runs: (Run | undefined)[];
}

interface Run {
  readonly end: number;
  readonly bytes: Buffer;
}

interface Known {
  model: Model | undefined;
  /** How many spans of this name there were, and at how many the next model is made. */
  spanCount: number;
  nextModelAt: number;
}

// Names are few: routes, operations. Those of an application that puts ids into them must not fill the memory.
const maxNames = 500;
const maxModelBytes = 2048;

// A model is made of the second span, the fourth, the eighth…, so that one odd span is not kept as the model for long.
const maxSpansPerModel = 1024;

// How far an optional attribute or two may push the others apart.
const maxShift = 4;

const knownNames = new Map<string, Known>();

/** Writes the attributes of a span of that name: the same bytes as `writeAttribute` makes of each. */
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

/** Where a model has the key: at that place, or a little behind it; -1 if it is not there. */
function placeOf({ list }: Model, key: string, at: number): number {
  const end = Math.min(list.length, at + 2 * maxShift);
  for (let place = at; place < end; place += 2) {
    if (list[place] === key) return place;
  }
  return -1;
}

/** How many elements of the two lists are the same from there on. */
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

/** Writes a span's attributes one by one, and keeps them; `undefined` if they are too long for that. */
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

// V8 makes a part of a text from 13 characters on as a reference to the whole, which may be somebody's request.
const minSliceLength = 13;

/** The value as it may be kept. Lists are not: none is the same as another. */
function toOwn(value: string | AttributeValue): string | AttributeValue {
  if (typeof value === 'object') return Number.NaN; // which is the same as nothing
  return typeof value === 'string' && value.length >= minSliceLength ? Buffer.from(value).toString() : value;
}
