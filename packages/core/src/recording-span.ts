/** The span that is recorded. */
import type { Attributes, AttributeValue } from './attribute-value.ts';
import {
  type AttributeLimits,
  type AttributeList,
  type CollectedAttributes,
  collectAttributes,
  keyAt,
  placeOf,
  putAttribute,
  removeAttribute,
  valueAt,
} from './attributes.ts';
import { changeEvents, changeLinks } from './change-details.ts';
import { isTimeInput, type TimeInput, toUnixMs } from './clock.ts';
import { backgroundKey, isBackground } from './ended-around.ts';
import { describeException } from './exception.ts';
import type { HookPhase } from './hook-phase.ts';
import { spanIdToHex } from './ids.ts';
import type { InstrumentationScope } from './instrumentation-scope.ts';
import { longestWalk } from './longest-walk.ts';
import { notePassage } from './passing-exceptions.ts';
import { readProperty } from './read-property.ts';
import type { SpanEventData, SpanLinkData } from './readable-span.ts';
import type { SharedAttributes } from './shared-attributes.ts';
import type { Link, Span, SpanEvent, SpanLink, StatusCode } from './span.ts';
import { type SpanContext, spanContextOf, toSpanContext } from './span-context.ts';
import type { SpanHost } from './span-host.ts';
import type { SpanKind } from './span-kind.ts';
import { toText } from './to-text.ts';
import type { TraceIdentity } from './trace-identity.ts';

const nothing = Object.freeze<AttributeList>([]) as AttributeList; // nothing is pushed after the end

// Spans share attributes only if their count limit is at least this: then a span with at most 32 own and 32 shared attributes is
// below it, and nothing has to be counted.
const leastCountLimit = 64;
const roomBesideShared = 2 * 32;

/** What ends a span with everything that is known of its request. */
interface SpanOwner {
  finish(): void;
  /** For request-operation.ts. */
  noteOperation?(operation: string): void;
}

/** A span with data, which is kept until it ends and every exporter has encoded it. */
export class RecordingSpan implements Span {
  readonly tracer: SpanHost;
  readonly trace: TraceIdentity;
  readonly kind: SpanKind;
  idHigh: number;
  idLow: number;
  /** Both 0 for a root. dropped-span.ts changes them. */
  parentHigh: number;
  parentLow: number;
  parentIsRemote: boolean;
  readonly startMs: number;
  /** One object for all spans of a scope. */
  readonly scope: InstrumentationScope;
  name: string;
  /** Attributes that it shares with other spans. They come before its own, and no key is in both. */
  shared: SharedAttributes | undefined = undefined;
  ownAttributes: AttributeList;
  events: SpanEvent[] | undefined = undefined;
  links: SpanLink[] | undefined = undefined;
  statusCode: StatusCode = 'unset';
  statusMessage: string | undefined = undefined;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  /** Unix milliseconds; `undefined` while the span runs. */
  endMs: number | undefined = undefined;
  /** Added to the monotonic clock. All spans of a local trace have the same offset, so that their times compare. */
  readonly clockOffsetMs: number;
  /** Absent if its tracer has no hooks. */
  hookPhase: HookPhase | undefined = undefined;
  /** The enclosing span in this process, until that ends. */
  localParent: RecordingSpan | undefined = undefined;
  /** Absent if the span ends itself. */
  owner: SpanOwner | undefined = undefined;
  /** For passing-exceptions.ts: the value, not an object, that made a direct child fail. */
  failedWithin: { readonly value: unknown } | undefined = undefined;
  /** For unended-spans.ts: where its name is; -1 if it is not there. */
  unendedPlace = -1;
  private hexId: string | undefined = undefined;

  // The parameters are positional because this runs for every span: an options object would be a second allocation.
  constructor(
    tracer: SpanHost,
    name: string,
    kind: SpanKind,
    trace: TraceIdentity,
    idHigh: number,
    idLow: number,
    parentHigh: number,
    parentLow: number,
    parentIsRemote: boolean,
    clockOffsetMs: number,
    startMs: number,
    scope: InstrumentationScope,
  ) {
    this.tracer = tracer;
    this.name = name;
    this.kind = kind;
    this.trace = trace;
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.parentHigh = parentHigh;
    this.parentLow = parentLow;
    this.parentIsRemote = parentIsRemote;
    this.clockOffsetMs = clockOffsetMs;
    this.startMs = startMs;
    this.scope = scope;
    this.ownAttributes = [];
  }

  /** The shared attributes and its own, in one list. */
  get attributes(): AttributeList {
    if (this.shared !== undefined) {
      this.ownAttributes = [...this.shared.list, ...this.ownAttributes];
      this.shared = undefined;
    }
    return this.ownAttributes;
  }

  /** Distinguishes it from a span that is not recorded. A getter, so that a `mode` on `Object.prototype` has no effect. */
  get mode(): undefined {
    return undefined;
  }

  get isSampled(): boolean {
    return true;
  }

  get traceId(): string {
    return this.trace.traceId;
  }

  get spanId(): string {
    this.hexId ??= spanIdToHex(this.idHigh, this.idLow);
    return this.hexId;
  }

  /** 16 lower-case hex digits, or `undefined` for a root. */
  get parentSpanId(): string | undefined {
    return (this.parentHigh | this.parentLow) === 0 ? undefined : spanIdToHex(this.parentHigh, this.parentLow);
  }

  spanContext(): SpanContext {
    return spanContextOf(this, this.parentSpanId, false);
  }

  isRecording(): boolean {
    return this.endMs === undefined;
  }

  setAttribute(key: string, value: unknown): this {
    if (this.endMs !== undefined) return this;
    if (value === undefined) {
      if (this.isInHook) removeAttribute(this.attributes, key);
      return this;
    }
    const { shared } = this;
    const isInCommon = shared !== undefined && (shared.has(key) || this.ownAttributes.length >= roomBesideShared);
    const list = isInCommon ? this.attributes : this.ownAttributes;
    const outcome = putAttribute(list, key, value, this.tracer.settings.spanLimits, this.tracer.diagnostics);
    if (outcome === 'limit') this.droppedAttributesCount++;
    return this;
  }

  /**
   * Uses a list as the first attributes of the span, without a search for repeated keys: for instrumentations, whose keys are
   * distinct. The list belongs to the span from then on. Call it once, on a new span whose `hookPhase` is absent.
   */
  startWith(list: AttributeList, shared?: SharedAttributes): void {
    const { countLimit, valueLengthLimit } = this.tracer.settings.spanLimits;
    const hasNoLimit = countLimit >= leastCountLimit && valueLengthLimit === Number.POSITIVE_INFINITY;
    if (hasNoLimit && list.length <= roomBesideShared && this.ownAttributes.length === 0 && this.shared === undefined) {
      this.ownAttributes = list;
      this.shared = shared;
    } else {
      if (shared !== undefined) this.setList(shared.list);
      this.setList(list);
    }
  }

  setAttributes(attributes: Attributes): this {
    if (this.endMs !== undefined) return this;
    const { spanLimits } = this.tracer.settings;
    if (this.isInHook) this.removeUnset(attributes);
    if (this.ownAttributes.length === 0 && this.shared === undefined) {
      const { list, dropped } = this.collect(attributes, spanLimits);
      this.ownAttributes = list;
      this.droppedAttributesCount += dropped;
    } else {
      // Attributes that replace an earlier one do not count towards the limit.
      const { list, dropped } = this.collect(attributes, { ...spanLimits, countLimit: Number.POSITIVE_INFINITY });
      this.setList(list);
      this.droppedAttributesCount += dropped;
    }
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.endMs !== undefined) return this;
    // As in OpenTelemetry's API: a value that is not a time is attributes.
    if (isTimeInput(attributesOrTime)) this.pushEvent(name, undefined, time ?? attributesOrTime);
    else this.pushEvent(name, attributesOrTime, time);
    return this;
  }

  addLink(link: Link): this {
    if (this.endMs !== undefined) return this;
    const { linkCountLimit, linkAttributes } = this.tracer.settings;
    const context = toSpanContext(readProperty(link, 'context'));
    if (!context) {
      this.tracer.diagnostics.count('invalid-link');
      return this;
    }
    this.links ??= [];
    if (this.links.length >= linkCountLimit) {
      this.droppedLinksCount++;
      return this;
    }
    const { list, dropped } = this.collect(readProperty(link, 'attributes'), linkAttributes);
    this.links.push({ context, attributes: list, droppedAttributesCount: dropped });
    return this;
  }

  addLinks(links: readonly Link[]): this {
    if (this.endMs !== undefined) return this;
    try {
      let left = longestWalk;
      for (const link of links) {
        if (left-- === 0) {
          this.tracer.diagnostics.count('invalid-link', `there are more than ${longestWalk} in one call`);
          break;
        }
        this.addLink(link);
      }
    } catch {
      this.tracer.diagnostics.count('invalid-link'); // it is not iterable
    }
    return this;
  }

  recordException(exception: unknown, time?: TimeInput): void {
    if (this.endMs !== undefined) return;
    this.pushEvent('exception', describeException(exception), time);
    notePassage(exception, this);
  }

  setStatus(status: { readonly code: StatusCode | number; readonly message?: string | undefined }): this {
    if (this.endMs !== undefined || this.statusCode === 'ok') return this;
    const code = toStatusCode(readProperty(status, 'code'));
    // Specification, "Set Status": unset never replaces anything, and a description goes with an error only.
    if (code === undefined || code === 'unset') return this;
    const message = code === 'error' ? readProperty(status, 'message') : undefined;
    this.statusCode = code;
    this.statusMessage = typeof message === 'string' ? message : undefined;
    return this;
  }

  updateName(name: string): this {
    if (this.endMs === undefined) this.name = toText(name);
    return this;
  }

  end(time?: TimeInput): void {
    if (this.endMs !== undefined) return;
    const endMs = toUnixMs(time, this.clockOffsetMs) ?? this.nowMs();
    const { localParent } = this;
    // Not the span of a request, which may be below that of OpenTelemetry's HTTP instrumentation: either may end first.
    if (localParent?.endMs !== undefined && this.owner === undefined && isBackground(this, endMs)) {
      this.setAttribute(backgroundKey, true);
    }
    const { onEnding } = this.tracer;
    if (onEnding !== undefined && !onEnding(this as never)) return; // the tracer's function takes this class
    this.endMs = Math.max(endMs, this.startMs);
    this.tracer.onEnd(this);
  }

  /** Lets go of its data. The context of an idle keep-alive socket may hold this object for hours: it keeps its ids and nothing else. */
  release(): void {
    this.name = '';
    this.shared = undefined;
    this.ownAttributes = nothing;
    this.events = undefined;
    this.links = undefined;
    this.statusMessage = undefined;
    this.failedWithin = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  hasAttribute(key: string): boolean {
    return placeOf(this.ownAttributes, key) !== -1 || this.shared?.has(key) === true;
  }

  /** Unix milliseconds on the clock of this trace. */
  nowMs(): number {
    return this.clockOffsetMs + this.tracer.clock.monotonicMs();
  }

  // The methods of HookedSpan.

  getAttribute(key: string): AttributeValue | undefined {
    const { attributes } = this;
    const at = placeOf(attributes, key);
    return at === -1 ? undefined : valueAt(attributes, at);
  }

  removeAttribute(key: string): this {
    if (this.endMs === undefined) removeAttribute(this.attributes, key);
    return this;
  }

  changeEvents(change: (event: SpanEventData) => SpanEventData | undefined): this {
    if (this.endMs === undefined && this.events !== undefined) {
      this.events = changeEvents(this.events, change, (given) =>
        this.collect(given, this.tracer.settings.eventAttributes),
      );
    }
    return this;
  }

  changeLinks(change: (link: SpanLinkData) => SpanLinkData | undefined): this {
    if (this.endMs === undefined && this.links !== undefined) {
      this.links = changeLinks(this.links, change, (given) => this.collect(given, this.tracer.settings.linkAttributes));
    }
    return this;
  }

  drop(): void {
    if (this.endMs === undefined && this.isInHook) this.hookPhase = 'dropping';
    else if (this.hookPhase !== 'dropped')
      this.tracer.diagnostics.count('drop-too-late', 'drop() was called outside a hook');
  }

  private get isInHook(): boolean {
    const { hookPhase } = this;
    return hookPhase === 'starting' || hookPhase === 'ending' || hookPhase === 'dropping';
  }

  /** Takes the ids of its parent, because it is dropped. */
  takeIds(idHigh: number, idLow: number): void {
    this.idHigh = idHigh;
    this.idLow = idLow;
    this.hexId = undefined;
  }

  private setList(list: Readonly<AttributeList>): void {
    for (let at = 0; at < list.length; at += 2) this.setAttribute(keyAt(list, at), valueAt(list, at));
  }

  private removeUnset(attributes: Attributes): void {
    try {
      for (const key of Object.keys(attributes)) {
        if (attributes[key] === undefined) removeAttribute(this.attributes, key);
      }
    } catch {
      // Not an object, or one that throws: collect() counts it.
    }
  }

  private pushEvent(name: string, attributes: unknown, time: unknown): void {
    const { eventCountLimit, eventAttributes } = this.tracer.settings;
    this.events ??= [];
    if (this.events.length >= eventCountLimit) {
      this.droppedEventsCount++;
      return;
    }
    const { list, dropped } = this.collect(attributes, eventAttributes);
    const timeMs = toUnixMs(time, this.clockOffsetMs) ?? this.nowMs();
    this.events.push({ name: toText(name), timeMs, attributes: list, droppedAttributesCount: dropped });
  }

  private collect(attributes: unknown, limits: AttributeLimits): CollectedAttributes {
    return collectAttributes(attributes, limits, this.tracer.diagnostics);
  }
}

const statusNames: readonly StatusCode[] = ['unset', 'ok', 'error'];

function toStatusCode(code: unknown): StatusCode | undefined {
  if (typeof code === 'number') return statusNames[code];
  return statusNames.find((name) => name === code);
}
