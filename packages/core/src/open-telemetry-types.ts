/**
 * What OpenTelemetry's SDK passes to exporters and processors of spans, and what it expects of them: by structure, since core depends on
 * no package of OpenTelemetry. Tests compare these types with those of SDK 1.x and 2.x.
 */
import type { TraceState } from './propagation/tracestate.ts';

/** A time or a duration: whole seconds, and the nanoseconds of the last one. A time counts from 1970. */
export type HrTime = [seconds: number, nanoseconds: number];

/** An attribute value of OpenTelemetry's API 1.9. Those of 1.10 also have bytes and nested objects, which exporters of SDK 2.x read. */
export type OpenTelemetryAttributeValue =
  | string
  | number
  | boolean
  | (string | null | undefined)[]
  | (number | null | undefined)[]
  | (boolean | null | undefined)[];

/** Attributes of a span, an event, a link or a resource. */
export interface OpenTelemetryAttributes {
  /** Any key; OpenTelemetry's semantic conventions name the usual ones, such as `url.path`. */
  [key: string]: OpenTelemetryAttributeValue | undefined;
}

/** The identity of a span, for exporters. */
export interface OpenTelemetrySpanContext {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** 16 lower-case hex digits. */
  spanId: string;
  /** W3C trace flags: 1 sampled, 2 random trace id. */
  traceFlags: number;
  /** Entries of other tracing systems; absent if there are none. */
  traceState?: TraceState;
  /** Whether it came from another process. */
  isRemote?: boolean;
}

/** The service and the process, as `@opentelemetry/resources` describes them. */
export interface OpenTelemetryResource {
  /** Such as `service.name`. */
  readonly attributes: OpenTelemetryAttributes;
  /** Always `false`: all attributes are known. */
  readonly asyncAttributesPending?: boolean;
  /** Waymark does not set one. */
  readonly schemaUrl?: string;
  /** Resolves at once. */
  waitForAsyncAttributes?(): Promise<void>;
  /** A resource with the attributes of both. Those of `other` win. */
  merge(other: OpenTelemetryResource | null): OpenTelemetryResource;
  /** The attributes as pairs. Only SDK 2.x has it. */
  getRawAttributes(): [string, OpenTelemetryAttributeValue | undefined][];
}

/** The code that made a span. */
export interface OpenTelemetryInstrumentationScope {
  /** Such as `@waymark/core`. */
  readonly name: string;
  /** Of the code, such as `1.2.0`. */
  readonly version?: string;
  /** Of its conventions. */
  readonly schemaUrl?: string;
}

/** An ended span as OpenTelemetry's exporters read it: `ReadableSpan` of SDK 2.x, with the two fields that those of 1.x read. */
export interface OpenTelemetryReadableSpan {
  /** The last name that the span had. */
  readonly name: string;
  /** 0 internal, 1 server, 2 client, 3 producer, 4 consumer. */
  readonly kind: number;
  /** The span's identity. */
  readonly spanContext: () => OpenTelemetrySpanContext;
  /** Absent for a root. */
  readonly parentSpanContext?: OpenTelemetrySpanContext;
  /** The same for SDK 1.x: 16 lower-case hex digits. */
  readonly parentSpanId?: string;
  /** When it began. */
  readonly startTime: HrTime;
  /** When it ended. */
  readonly endTime: HrTime;
  /** From start to end. */
  readonly duration: HrTime;
  /** Code 0 unset, 1 ok, 2 error. */
  readonly status: { code: number; message?: string };
  /** By key, in the order in which they were set. */
  readonly attributes: OpenTelemetryAttributes;
  /** In the order in which they were added. */
  readonly links: {
    context: OpenTelemetrySpanContext;
    attributes?: OpenTelemetryAttributes;
    droppedAttributesCount?: number;
  }[];
  /** In the order in which they were added. */
  readonly events: {
    time: HrTime;
    name: string;
    attributes?: OpenTelemetryAttributes;
    droppedAttributesCount?: number;
  }[];
  /** Whether the span has ended. */
  readonly ended: boolean;
  /** The service and the process that made the span. */
  readonly resource: OpenTelemetryResource;
  /** The code that made the span. */
  readonly instrumentationScope: OpenTelemetryInstrumentationScope;
  /** The same for SDK 1.x. */
  readonly instrumentationLibrary: OpenTelemetryInstrumentationScope;
  /** Attributes beyond the limit. */
  readonly droppedAttributesCount: number;
  /** Events beyond the limit. */
  readonly droppedEventsCount: number;
  /** Links beyond the limit. */
  readonly droppedLinksCount: number;
}

/** How an export ended: `code` 0 for success, 1 for failure. */
export interface OpenTelemetryExportResult {
  /** 0 or 1. */
  code: number;
  /** Why it failed, if the exporter knows. */
  error?: Error;
}

/** `SpanExporter` of OpenTelemetry's SDK, of any version: OTLP, Zipkin, those of vendors, or your own. */
export interface OpenTelemetrySpanExporter {
  /** Takes ended spans, and calls back once when they have been sent, or cannot be. */
  export(spans: OpenTelemetryReadableSpan[], resultCallback: (result: OpenTelemetryExportResult) => void): void;
  /** Sends what it still has, and releases its connections. */
  shutdown(): Promise<void>;
  /** Sends what it still has. */
  forceFlush?(): Promise<void>;
}

/** A span in a processor, while it runs and after that: the part of `Span` that all versions of OpenTelemetry's SDK have in common. */
export interface OpenTelemetryProcessedSpan
  extends Omit<
    OpenTelemetryReadableSpan,
    | 'attributes'
    | 'events'
    | 'instrumentationLibrary'
    | 'instrumentationScope'
    | 'links'
    | 'parentSpanContext'
    | 'resource'
    | 'spanContext'
  > {
  /** By key. Values that a processor puts here are checked like others. */
  readonly attributes: { [key: string]: unknown };
  /** In the order in which they were added. */
  readonly events: { time: HrTime; name: string; attributes?: { [key: string]: unknown } }[];
  /** The span's identity. */
  spanContext(): Pick<OpenTelemetrySpanContext, 'traceId' | 'spanId' | 'traceFlags' | 'isRemote'>;
  /** Absent for a root, and in the types of SDK 1.x. */
  readonly parentSpanContext?: Pick<OpenTelemetrySpanContext, 'traceId' | 'spanId' | 'traceFlags' | 'isRemote'>;
  /** In the order in which they were added. */
  readonly links: { context: { traceId: string; spanId: string }; attributes?: { [key: string]: unknown } }[];
  /** The service and the process that made the span. */
  readonly resource: { readonly attributes: { [key: string]: unknown } };
  /** The code that made the span. Absent in the types of SDK 1.x. */
  readonly instrumentationScope?: OpenTelemetryInstrumentationScope;
  /** Sets an attribute while the span runs. */
  setAttribute(key: string, value: OpenTelemetryAttributeValue): this;
  /** Sets several. */
  setAttributes(attributes: OpenTelemetryAttributes): this;
  /** Adds an event while the span runs. */
  addEvent(
    name: string,
    attributesOrTime?: OpenTelemetryAttributes | OpenTelemetryTime,
    time?: OpenTelemetryTime,
  ): this;
  /** Adds a link while the span runs. */
  addLink(link: { context: OpenTelemetrySpanContext; attributes?: OpenTelemetryAttributes }): this;
  /** Adds several. */
  addLinks(links: { context: OpenTelemetrySpanContext; attributes?: OpenTelemetryAttributes }[]): this;
  /** Code 0 unset, 1 ok, 2 error. */
  setStatus(status: { code: number; message?: string }): this;
  /** Changes the name while the span runs. */
  updateName(name: string): this;
  /** Ends the span. */
  end(endTime?: OpenTelemetryTime): void;
  /** Whether it has not ended. */
  isRecording(): boolean;
  /** Adds an `exception` event. */
  recordException(exception: unknown, time?: OpenTelemetryTime): void;
}

/** A time in each form that OpenTelemetry's API takes. */
export type OpenTelemetryTime = HrTime | number | Date;

/** OpenTelemetry's context, as a processor reads it. */
export interface OpenTelemetryParentContext {
  /** The value of a key of `createContextKey()`. */
  getValue(key: symbol): unknown;
  /** Another context, with the value. */
  setValue(key: symbol, value: unknown): OpenTelemetryParentContext;
  /** Another context, without the value. */
  deleteValue(key: symbol): OpenTelemetryParentContext;
}

/** `SpanProcessor` of OpenTelemetry's SDK, of any version. */
export interface OpenTelemetrySpanProcessor {
  /** Called for each recorded span that starts, with the context of its parent. */
  onStart(span: OpenTelemetryProcessedSpan, parentContext: OpenTelemetryParentContext): void;
  /** Called for each span that is about to end. Only processors of SDK 2.x and later have it. */
  onEnding?(span: OpenTelemetryProcessedSpan): void;
  /** Called for each span that has ended. */
  onEnd(span: OpenTelemetryReadableSpan): void;
  /** Resolves when the spans so far have been exported. */
  forceFlush(): Promise<void>;
  /** The same, and releases what it holds. */
  shutdown(): Promise<void>;
}
