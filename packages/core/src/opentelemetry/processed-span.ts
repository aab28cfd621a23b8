/** A span as processors of OpenTelemetry's SDK see it: one object from its start until after its end. */
import type { AttributeValue } from '../attribute-value.ts';
import type {
  HrTime,
  OpenTelemetryAttributes,
  OpenTelemetryAttributeValue,
  OpenTelemetryInstrumentationScope,
  OpenTelemetryProcessedSpan,
  OpenTelemetryReadableSpan,
  OpenTelemetryResource,
  OpenTelemetrySpanContext,
  OpenTelemetryTime,
} from '../open-telemetry-types.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { absorbChanges } from './absorb-changes.ts';
import { contextView, toReadableView } from './readable-view.ts';

/**
 * While the span runs, its data is read from it. After its end this object has a copy, which processors may keep.
 *
 * No private names of the language: processors make objects with this one as their prototype, and proxies of it.
 */
export class ProcessedSpan implements OpenTelemetryProcessedSpan, OpenTelemetryReadableSpan {
  /** `undefined` after the end. */
  private recording: RecordingSpan | undefined;
  private readonly context: OpenTelemetrySpanContext;
  /** A copy: for the time of a call of a processor, and after the end. */
  private view: OpenTelemetryReadableSpan | undefined = undefined;
  private isInCall = false;

  constructor(recording: RecordingSpan) {
    this.recording = recording;
    this.context = contextView(recording);
  }

  /** Calls processors. What they change in place is written into the span, if `absorbs`. */
  during(call: () => void, absorbs: boolean): void {
    this.isInCall = true;
    this.view = undefined;
    call();
    this.isInCall = false;
    if (absorbs) this.absorb();
    this.view = undefined;
  }

  /** Calls processors for the ended span, and keeps a copy of its data from then on. */
  finish(call: () => void, absorbs: boolean): void {
    this.view = this.recording && toReadableView(this.recording);
    call();
    if (absorbs) this.absorb();
    this.recording = undefined;
  }

  private absorb(): void {
    if (this.view !== undefined && this.recording !== undefined) absorbChanges(this.view, this.recording);
  }

  private get data(): OpenTelemetryReadableSpan {
    if (this.view !== undefined || this.recording === undefined) return this.view as OpenTelemetryReadableSpan; // one of both is there
    const view = toReadableView(this.recording);
    if (this.isInCall) this.view = view;
    return view;
  }

  private change(write: (recording: RecordingSpan) => unknown): this {
    const { recording } = this;
    if (recording === undefined) return this;
    this.absorb();
    write(recording);
    if (recording.endMs === undefined) this.view = undefined;
    return this;
  }

  get name(): string {
    return this.data.name;
  }

  /** By assignment, as some processors rename spans. */
  set name(name: string) {
    if (this.view === undefined) this.change((recording) => recording.updateName(name));
    else this.view = { ...this.view, name };
  }

  get kind(): number {
    return this.data.kind;
  }

  spanContext = (): OpenTelemetrySpanContext => this.context;

  // The next two are `undefined` for a root. A class cannot say that, if the property is to be optional as in the SDK.

  get parentSpanContext(): OpenTelemetrySpanContext {
    return this.data.parentSpanContext as OpenTelemetrySpanContext;
  }

  get parentSpanId(): string {
    return this.data.parentSpanId as string;
  }

  get startTime(): HrTime {
    return this.data.startTime;
  }

  get endTime(): HrTime {
    return this.data.endTime;
  }

  get duration(): HrTime {
    return this.data.duration;
  }

  get status(): OpenTelemetryReadableSpan['status'] {
    return this.data.status;
  }

  get attributes(): OpenTelemetryAttributes {
    return this.data.attributes;
  }

  get links(): OpenTelemetryReadableSpan['links'] {
    return this.data.links;
  }

  get events(): OpenTelemetryReadableSpan['events'] {
    return this.data.events;
  }

  get ended(): boolean {
    return this.data.ended;
  }

  get resource(): OpenTelemetryResource {
    return this.data.resource;
  }

  get instrumentationScope(): OpenTelemetryInstrumentationScope {
    return this.data.instrumentationScope;
  }

  get instrumentationLibrary(): OpenTelemetryInstrumentationScope {
    return this.data.instrumentationLibrary;
  }

  get droppedAttributesCount(): number {
    return this.data.droppedAttributesCount;
  }

  get droppedEventsCount(): number {
    return this.data.droppedEventsCount;
  }

  get droppedLinksCount(): number {
    return this.data.droppedLinksCount;
  }

  setAttribute(key: string, value: OpenTelemetryAttributeValue): this {
    return this.change((recording) => recording.setAttribute(key, value as AttributeValue));
  }

  setAttributes(attributes: OpenTelemetryAttributes): this {
    return this.change((recording) => recording.setAttributes(attributes as Readonly<Record<string, AttributeValue>>));
  }

  addEvent(
    name: string,
    attributesOrTime?: OpenTelemetryAttributes | OpenTelemetryTime,
    time?: OpenTelemetryTime,
  ): this {
    return this.change((recording) => recording.addEvent(name, attributesOrTime as never, time));
  }

  addLink(link: Parameters<OpenTelemetryProcessedSpan['addLink']>[0]): this {
    return this.change((recording) => recording.addLink(link));
  }

  addLinks(links: Parameters<OpenTelemetryProcessedSpan['addLinks']>[0]): this {
    return this.change((recording) => recording.addLinks(links));
  }

  setStatus(status: { code: number; message?: string }): this {
    return this.change((recording) => recording.setStatus(status));
  }

  updateName(name: string): this {
    return this.change((recording) => recording.updateName(name));
  }

  end(endTime?: OpenTelemetryTime): void {
    this.recording?.end(endTime);
  }

  isRecording(): boolean {
    return this.recording?.isRecording() === true;
  }

  recordException(exception: unknown, time?: OpenTelemetryTime): void {
    this.change((recording) => recording.recordException(exception, time));
  }
}
