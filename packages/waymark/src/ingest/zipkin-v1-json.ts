/**
 * Reads Zipkin's JSON of version 1, which older libraries send and other tools write. Its spans hold both sides of a
 * call, as events: `cs` and `cr` when a client sent and received, `sr` and `ss` when a server received and sent. They
 * are split into spans of version 2, by the rules of Zipkin's own server.
 *
 * @see https://zipkin.io/pages/data_model.html
 * @see https://github.com/openzipkin/zipkin/blob/master/zipkin/src/main/java/zipkin2/v1/V1SpanConverter.java
 */
import { asList, asObject, isAbsent, isObject, type JsonObject, mismatch, type Place } from './json-fields.ts';
import type { SpanBatch } from './span-batch.ts';
import { decodeZipkinJson, isMicroseconds } from './zipkin-json.ts';

/** @throws {UnreadableBody} If it is not a list of objects. A single wrong span is rejected alone. */
export function decodeZipkinV1Json(request: unknown, batch: SpanBatch): void {
  if (!Array.isArray(request)) throw mismatch('a list of spans', request, { name: 'the body' });
  for (const [index, item] of request.entries()) {
    const place = { name: 'spans', index };
    const given = asObject(item, place);
    const problem = findProblem(given);
    if (problem === undefined) decodeZipkinJson(toVersion2(given, place, batch), batch);
    else batch.reject(problem);
  }
}

/** Whether this is a span of version 1. In version 2, an event has no endpoint. */
export function isZipkinV1(span: JsonObject): boolean {
  if (span.binaryAnnotations !== undefined) return true;
  return (
    Array.isArray(span.annotations) &&
    span.annotations.some((annotation) => (annotation as JsonObject | null)?.endpoint !== undefined)
  );
}

/** A span of version 2 while it is being put together. */
interface Part {
  readonly kind?: string;
  readonly timestamp?: number | undefined;
  readonly duration?: number | undefined;
  readonly shared?: true;
  readonly localEndpoint?: JsonObject;
  readonly remoteEndpoint?: JsonObject;
}

type DraftPart = { -readonly [Key in keyof Part]: Part[Key] } & {
  readonly annotations: { readonly timestamp: number; readonly value: string }[];
  readonly tags: Map<string, string>;
};

interface Annotation {
  readonly timestamp: number;
  readonly value: string;
  readonly endpoint: JsonObject | undefined;
}

/** Events with an endpoint that belong to one side of a call, and the kind of that side. */
const kindsOfSides: Readonly<Record<string, string | undefined>> = {
  cs: 'CLIENT',
  cr: 'CLIENT',
  sr: 'SERVER',
  ss: 'SERVER',
  ms: 'PRODUCER',
  mr: 'CONSUMER',
  ws: undefined,
  wr: undefined,
};

function findProblem({ annotations, binaryAnnotations, timestamp, duration }: JsonObject): string | undefined {
  if (!isListOf(annotations, ({ timestamp, value }) => isMicroseconds(timestamp) && typeof value === 'string')) {
    return 'annotations must be a list of timestamps and values';
  }
  if (!isListOf(binaryAnnotations, ({ key }) => typeof key === 'string')) {
    return 'binaryAnnotations must be a list of keys and values';
  }
  if (!isAbsent(timestamp) && !isMicroseconds(timestamp)) return 'timestamp must be microseconds since 1970';
  return isAbsent(duration) || isMicroseconds(duration) ? undefined : 'duration must be microseconds';
}

function isListOf(value: unknown, isRight: (item: JsonObject) => boolean): boolean {
  if (isAbsent(value)) return true;
  return Array.isArray(value) && value.every((item) => isObject(item) && isRight(item));
}

function toVersion2(given: JsonObject, place: Place, batch: SpanBatch): JsonObject[] {
  const timestamp = (given.timestamp ?? 0) as number; // findProblem() has checked these fields
  const duration = (given.duration ?? 0) as number;
  const parts = createParts();
  const sides = readAnnotations(given, place, parts, batch);
  addStarts(sides, timestamp, duration);
  readBinaryAnnotations(given, place, parts, sides, batch);
  setTimes({ timestamp, duration }, parts, sides);
  return parts.all.map(({ annotations, tags, ...part }) => ({
    traceId: given.traceId,
    id: given.id,
    parentId: given.parentId,
    name: given.name,
    debug: given.debug,
    ...part,
    // A clock may jump back.
    ...(part.duration !== undefined && part.duration < 0 && { duration: undefined }),
    ...(annotations.length > 0 && { annotations }),
    ...(tags.size > 0 && { tags: Object.fromEntries(tags) }),
  }));
}

interface Parts {
  readonly all: DraftPart[];
  /** The part of that service; the first part for data without an endpoint. */
  of(endpoint: JsonObject | undefined): DraftPart;
  /** Adds another part of that service, for the other side of a call to itself. */
  another(endpoint: JsonObject): DraftPart;
}

function createParts(): Parts {
  const first: DraftPart = { annotations: [], tags: new Map() };
  const all = [first];
  const byService = new Map<unknown, DraftPart>();

  function another(endpoint: JsonObject): DraftPart {
    const part: DraftPart = { annotations: [], tags: new Map(), localEndpoint: endpoint };
    all.push(part);
    if (!byService.has(endpoint.serviceName)) byService.set(endpoint.serviceName, part);
    return part;
  }

  return {
    all,
    another,
    of(endpoint) {
      if (endpoint === undefined) return first;
      if (first.localEndpoint === undefined) {
        first.localEndpoint = endpoint;
        byService.set(endpoint.serviceName, first);
      }
      return byService.get(endpoint.serviceName) ?? another(endpoint);
    },
  };
}

type Sides = Partial<Record<string, Annotation>>;

function readAnnotations(given: JsonObject, parent: Place, parts: Parts, batch: SpanBatch): Sides {
  const sides: Sides = {};
  for (const item of asList(given.annotations, { parent, name: 'annotations' })) {
    batch.countItem();
    const { timestamp, value, endpoint } = item as Omit<Annotation, 'endpoint'> & { readonly endpoint?: unknown }; // checked
    const own = isObject(endpoint) ? endpoint : undefined;
    const part = parts.of(own);
    if (own !== undefined && Object.hasOwn(kindsOfSides, value)) {
      const kind = kindsOfSides[value];
      if (kind !== undefined) part.kind = kind;
      sides[value] = { timestamp, value, endpoint: own };
    } else part.annotations.push({ timestamp, value });
  }
  return sides;
}

/** If a library records only the end of a call, the span's own times give the start. */
function addStarts(sides: Sides, timestamp: number, duration: number): void {
  const isEnd = (end: Annotation | undefined): end is Annotation =>
    end !== undefined && timestamp !== 0 && duration !== 0 && timestamp + duration === end.timestamp;
  const { cr, ss } = sides;
  if (sides.cs === undefined && isEnd(cr)) sides.cs = { timestamp, value: 'cs', endpoint: cr.endpoint };
  if (sides.sr === undefined && isEnd(ss)) sides.sr = { timestamp, value: 'sr', endpoint: ss.endpoint };
}

/** Reads tags, and the addresses of the other side: `ca` of a client, `sa` of a server, `ma` of a broker. */
function readBinaryAnnotations(
  given: JsonObject,
  parent: Place,
  parts: Parts,
  { cs, cr, sr, ss, ms, mr }: Sides,
  batch: SpanBatch,
): void {
  const addresses: Partial<Record<string, JsonObject>> = {};
  for (const item of asList(given.binaryAnnotations, { parent, name: 'binaryAnnotations' })) {
    batch.countItem();
    const { key, value, endpoint } = item as {
      readonly key: string;
      readonly value?: unknown;
      readonly endpoint?: unknown;
    }; // checked
    const own = isObject(endpoint) ? endpoint : undefined;
    if (key === 'ca' || key === 'sa' || key === 'ma') {
      if (own !== undefined) addresses[key] = own;
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      // An empty `lc` only marks the service of a span.
      if (key !== 'lc' || value !== '') parts.of(own).tags.set(key, String(value));
    }
  }
  const { ca, sa, ma } = addresses;
  if (cs === undefined && cr === undefined && sr === undefined && ss === undefined && (ca ?? sa) !== undefined) {
    const part = ca !== undefined && sa !== undefined ? parts.of(ca) : parts.of(undefined);
    const remote = sa ?? ca;
    if (remote !== undefined) part.remoteEndpoint = remote;
    if (sa === undefined) part.kind = 'SERVER';
    return;
  }
  const server = sr ?? ss;
  if (ca !== undefined && server?.endpoint !== undefined) {
    // Finagle writes the client's port with the server's own name, which would look like a call to itself.
    const { serviceName, ...address } = ca;
    const isOwn = serviceName === server.endpoint.serviceName;
    parts.of(server.endpoint).remoteEndpoint = isOwn ? address : ca;
  }
  const client = cs ?? cr;
  if (sa !== undefined && client !== undefined) parts.of(client.endpoint).remoteEndpoint = sa;
  if (ma !== undefined) {
    for (const side of [ms, mr]) if (side !== undefined) parts.of(side.endpoint).remoteEndpoint = ma;
  }
}

interface Times {
  readonly timestamp: number;
  readonly duration: number;
}

function setTimes(times: Times, parts: Parts, sides: Sides): void {
  const { cs, cr, sr, ss } = sides;
  if (cs !== undefined && sr !== undefined) {
    // The client's times are the times of the span. The server's are within them, and are known only from its events.
    setOwnTimes(times, parts, cs, cr);
    const client = parts.of(cs.endpoint);
    let server = parts.of(sr.endpoint);
    if (server === client) {
      client.kind = 'CLIENT';
      server = parts.another(sr.endpoint ?? {});
      server.kind = 'SERVER';
    }
    server.shared = true;
    server.timestamp = sr.timestamp;
    if (ss !== undefined) server.duration = ss.timestamp - sr.timestamp;
    if (cr === undefined && times.duration === 0) client.duration = undefined;
  } else if (cs !== undefined && cr !== undefined) setOwnTimes(times, parts, cs, cr);
  else if (sr !== undefined && ss !== undefined) setOwnTimes(times, parts, sr, ss);
  else setTimesOfHalf(times, parts, sides);
  // Version 1 has no field for it: a server that did not start the span leaves out its times.
  if (cs === undefined && sr !== undefined && (times.timestamp === 0 || (ss !== undefined && times.duration === 0))) {
    parts.of(sr.endpoint).shared = true;
  }
  setMessageTimes(times, parts, sides);
}

function setOwnTimes(times: Times, parts: Parts, begin: Annotation, end: Annotation | undefined): void {
  const part = parts.of(begin.endpoint);
  if (times.timestamp !== 0 && times.duration !== 0) {
    part.timestamp = times.timestamp;
    part.duration = times.duration;
  } else {
    part.timestamp = begin.timestamp;
    if (end !== undefined) part.duration = end.timestamp - begin.timestamp;
  }
}

/** For sides with only one event. */
function setTimesOfHalf({ timestamp, duration }: Times, { all }: Parts, { cs, cr, sr, ss }: Sides): void {
  for (const part of all) {
    const [begin, end] = part.kind === 'CLIENT' ? [cs, cr] : part.kind === 'SERVER' ? [sr, ss] : [];
    if (begin !== undefined) part.timestamp = begin.timestamp;
    if (end !== undefined) part.annotations.push({ timestamp: end.timestamp, value: end.value });
  }
  const [first] = all;
  if (first === undefined || timestamp === 0) return;
  first.timestamp = timestamp;
  first.duration = duration;
}

/** `ms` and `mr`: a message was sent, and received. `ws` and `wr`: it was written to the wire, and read from it. */
function setMessageTimes(times: Times, parts: Parts, { ms, mr, ws, wr }: Sides): void {
  if (ms !== undefined && mr !== undefined) {
    const producer = parts.of(ms.endpoint);
    let consumer = parts.of(mr.endpoint);
    if (consumer === producer) {
      producer.kind = 'PRODUCER';
      consumer = parts.another(mr.endpoint ?? {});
      consumer.kind = 'CONSUMER';
    }
    consumer.shared = true;
    consumer.timestamp = (wr ?? mr).timestamp;
    if (wr !== undefined) consumer.duration = mr.timestamp - wr.timestamp;
    producer.timestamp = ms.timestamp;
    producer.duration = ws === undefined ? undefined : ws.timestamp - ms.timestamp;
  } else if (ms !== undefined) setOwnTimes(times, parts, ms, ws);
  else if (mr !== undefined) setOwnTimes(times, parts, wr ?? mr, wr === undefined ? undefined : mr);
  else {
    for (const event of [ws, wr]) {
      if (event === undefined) continue;
      parts.of(event.endpoint).annotations.push({ timestamp: event.timestamp, value: event.value });
    }
  }
}
