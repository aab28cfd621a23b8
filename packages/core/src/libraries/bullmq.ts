/**
 * The spans of BullMQ, by its own contract for telemetry: `add q` where a job is added, `process q` for each attempt at it.
 *
 * A job carries the context of the span that added it, as `traceparent` in `opts.telemetry.metadata`, which bullmq-otel reads and
 * writes as well. All attempts at a job are below that span. A job of a scheduler is not: the trace would never end, so it starts one, with a link.
 *
 * BullMQ passes the contract only to instances that were made with the option `telemetry`. `traceBullmq()` passes ours to all others, and
 * adds what the contract lacks: the error of a failed job, its number of attempts, and a worker that runs outside any context.
 *
 * @see https://docs.bullmq.io/guide/telemetry
 */
import { currentContext, runOutsideContext, withContext } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import type { Context } from '../context.ts';
import { contained, countFault } from '../count-fault.ts';
import type { BullmqLibraryOptions } from '../library-options/databases.ts';
import { outside } from '../outside-context.ts';
import { readProperty } from '../read-property.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { readContext, writeContext } from './carried-context.ts';
import { Incoming } from './incoming.ts';
import { Operation } from './operation.ts';
import { runOutside } from './run-outside.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { isWrappedByOthers, wrapOnce } from './wrap-once.ts';

/** What BullMQ hands from one function of the contract to the next in place of a context. */
interface Place {
  /** `undefined`: outside any. */
  readonly context: Context | undefined;
  /** Whether a job that is written here gets the context: not when an attempt has failed, so that the next has the same parent. */
  readonly isCarried: boolean;
}

/** The part of a job that is read. */
interface Job {
  readonly id?: unknown;
  readonly name?: unknown;
  readonly attemptsMade?: unknown;
  readonly repeatJobKey?: unknown;
}

/** BullMQ's numbers, which are those of OpenTelemetry's API. */
const consumerKind = 4;

/** What an attempt does with its job: `settle`, by the conventions for messaging. */
const settling = new Set(['complete', 'fail', 'retry', 'delay']);
const sending = new Set(['add', 'addBulk', 'addFlow', 'addBulkFlows']);
/** What a worker does by itself, and the parts of a flow, which is one span. */
const withoutSpan = new Set([
  'addNode',
  'close',
  'extendLocks',
  'getNextJob',
  'moveStalledJobsToWait',
  'startStalledCheckTimer',
]);

/** BullMQ's attributes that are recorded, by the names of the conventions where these have one. The rest has options, data or results. */
const attributeNames: ReadonlyMap<string, string> = new Map([
  ['bullmq.job.id', 'messaging.message.id'],
  ['bullmq.job.bulk.count', 'messaging.batch.message_count'],
  ['bullmq.job.name', 'bullmq.job.name'],
  ['bullmq.flow.name', 'bullmq.flow.name'],
  ['bullmq.job.scheduler.id', 'bullmq.job.scheduler.id'],
  ['bullmq.job.attempts.made', 'bullmq.job.attempts.made'],
  ['bullmq.worker.name', 'messaging.client.id'],
]);

/** The job whose processing begins. BullMQ starts the span in the same tick. */
let startingJob: Job | undefined;
/** What the processors of jobs have thrown. */
const thrown = new WeakMap<Job, { readonly error: unknown }>();

/** A span, in the form that BullMQ uses. It begins with the first attributes: they name the queue. */
class TelemetrySpan {
  private readonly kind: number;
  private readonly parent: Place | undefined;
  private readonly newTracePerJob: boolean | undefined;
  private readonly job: Job | undefined;
  private operationName = '';
  private hasBegun = false;
  private operation: Operation | undefined = undefined;
  private attempt: Incoming | undefined = undefined;
  private hasFailed = false;

  constructor(kind: number, parent: Place | undefined, newTracePerJob: boolean | undefined) {
    this.kind = kind;
    this.parent = parent;
    this.newTracePerJob = newTracePerJob;
    this.job = kind === consumerKind ? startingJob : undefined;
  }

  setSpanOnContext(place: Place | undefined): Place {
    const { context } = place ?? active();
    const isCarried = !settling.has(this.operationName);
    return { context: this.attempt?.context ?? this.operation?.context() ?? context, isCarried };
  }

  setAttributes(attributes: unknown): void {
    try {
      if (this.hasBegun) this.record(attributes);
      else this.begin(attributes);
    } catch (error) {
      countFault(error);
    }
  }

  setAttribute(key: string, value: unknown): void {
    this.setAttributes({ [key]: value });
  }

  /** Of BullMQ's events only the failure is recorded: the others have the result of the job. */
  addEvent(name: unknown, attributes?: unknown): void {
    if (name !== 'job failed') return;
    const failure = this.job && thrown.get(this.job);
    this.fail(failure === undefined ? reasonOf(attributes) : failure.error);
  }

  recordException(exception: unknown): void {
    this.fail(exception);
  }

  end(): void {
    try {
      this.operation?.end();
      this.attempt?.end();
    } catch (error) {
      countFault(error);
    }
  }

  private fail(error: unknown): void {
    if (this.hasFailed) return; // BullMQ reports a failed attempt, and then what went wrong when it noted that
    this.hasFailed = true;
    try {
      this.operation?.fail(error);
      this.attempt?.markFailed(error);
    } catch (fault) {
      countFault(fault);
    }
  }

  private begin(attributes: unknown): void {
    this.hasBegun = true;
    this.operationName = String(readProperty(attributes, 'bullmq.queue.operation') ?? '');
    const queue = readProperty(attributes, 'bullmq.queue.name');
    const destination = typeof queue === 'string' && queue !== '' ? queue : undefined;
    if (this.kind === consumerKind) this.beginProcessing(destination);
    else if (!withoutSpan.has(this.operationName)) this.beginOperation(destination);
  }

  private beginOperation(destination: string | undefined): void {
    const caller = tracedCaller('bullmq');
    if (caller === undefined) return;
    const { operationName } = this;
    const isCarrying = sending.has(operationName);
    this.operation = Operation.begin(caller, {
      library: 'bullmq',
      name: nameOf(operationName, destination),
      kind: isCarrying ? 'producer' : 'client',
      attributes: startAttributes(operationName, typeOf(operationName), destination),
    });
    this.operation?.coverNested(); // its commands of Redis would show the same again
  }

  /** An attempt starts a trace if none comes with its job, also where calls without a caller have no spans. */
  private beginProcessing(destination: string | undefined): void {
    const sender = this.parent?.context;
    const options = optionsOf('bullmq', sender ?? outside);
    if (options === undefined) return;
    const attributes = startAttributes('process', 'process', destination);
    if (typeof this.job?.id === 'string') attributes.push('messaging.message.id', this.job.id);
    if (typeof this.job?.name === 'string') attributes.push('bullmq.job.name', this.job.name);
    this.attempt = Incoming.begin({
      library: 'bullmq',
      name: nameOf('process', destination),
      kind: 'consumer',
      attributes,
      senders: [sender],
      linksOnly: this.newTracePerJob ?? (options.newTracePerJob || typeof this.job?.repeatJobKey === 'string'),
    });
  }

  private record(attributes: unknown): void {
    if (typeof attributes !== 'object' || attributes === null) return;
    for (const [key, value] of Object.entries(attributes)) {
      const name = attributeNames.get(key);
      if (name === undefined || !isPrimitive(value)) continue;
      this.operation?.set(name, value);
      this.attempt?.set(name, value);
    }
  }
}

/** No object: it could be a job's options or data. */
function isPrimitive(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function reasonOf(attributes: unknown): unknown {
  const reason = readProperty(attributes, 'bullmq.job.failed.reason');
  return typeof reason === 'string' ? { name: 'Error', message: reason } : undefined;
}

function typeOf(operation: string): string | undefined {
  if (sending.has(operation)) return 'send';
  return settling.has(operation) ? 'settle' : undefined;
}

function nameOf(operation: string, destination: string | undefined): string {
  return destination === undefined ? operation : `${operation} ${destination}`;
}

function startAttributes(operation: string, type: string | undefined, destination: string | undefined): AttributeList {
  const list: AttributeList = ['messaging.system', 'bullmq', 'messaging.operation.name', operation];
  if (type !== undefined) list.push('messaging.operation.type', type);
  if (destination !== undefined) list.push('messaging.destination.name', destination);
  return list;
}

function active(): Place {
  return { context: currentContext(), isCarried: true };
}

const outsidePlace: Place = { context: undefined, isCarried: false };

function runAt<Result>(place: Place | undefined, fn: () => Result): Result {
  const context = place?.context;
  if (context === currentContext()) return fn();
  if (context !== undefined) return withContext(context, fn);
  let result: Result | undefined;
  runOutsideContext(() => {
    result = fn();
  });
  return result as Result; // fn has run
}

/** The headers of the context as JSON, as bullmq-otel has them; empty if there is nothing to carry. */
function toMetadata(place: Place | undefined): string {
  const context = place?.context;
  if (context === undefined || place?.isCarried === false) return '';
  const carrier: Record<string, string> = {};
  writeContext(context, carrier);
  return Object.keys(carrier).length === 0 ? '' : JSON.stringify(carrier);
}

function fromMetadata(metadata: unknown): Place {
  const carrier: unknown = typeof metadata === 'string' ? JSON.parse(metadata) : undefined;
  return {
    context: typeof carrier === 'object' && carrier !== null ? readContext(carrier) : undefined,
    isCarried: true,
  };
}

/**
 * BullMQ's contract for telemetry, for its option `telemetry`.
 *
 * @see https://api.docs.bullmq.io/interfaces/v5.Telemetry.html
 */
export interface BullmqTelemetry {
  /** Starts spans. */
  readonly tracer: { startSpan(name: string, options?: { kind: number }, context?: unknown): BullmqSpan };
  /** Carries the context through functions and jobs. */
  readonly contextManager: {
    with<Fn extends (...args: never[]) => unknown>(context: unknown, fn: Fn): ReturnType<Fn>;
    active(): unknown;
    root(): unknown;
    getMetadata(context: unknown): string;
    fromMetadata(activeContext: unknown, metadata: string): unknown;
  };
}

/** A span, in the form that BullMQ uses. */
export interface BullmqSpan {
  /** The context in which the span is active. */
  setSpanOnContext(context: unknown): unknown;
  /** Attributes that have options, data or results of jobs are left out. */
  setAttribute(key: string, value: unknown): void;
  /** The same for several. */
  setAttributes(attributes: object): void;
  /** An event that a job has failed makes the span fail. Others are left out. */
  addEvent(name: string, attributes?: object): void;
  /** Makes the span fail. */
  recordException(exception: unknown): void;
  /** Ends the span. */
  end(): void;
}

/**
 * Waymark as the `telemetry` of a queue, worker or flow producer, for single instances: {@link traceBullmq} traces all.
 *
 * @param options `newTracePerJob`: whether each job starts a trace, with a link to the span that added it. Default: the option
 *   `libraries.bullmq.newTracePerJob` of the tracer.
 * @example
 * const queue = new Queue('mail', { connection, telemetry: bullmqTelemetry() });
 * const worker = new Worker('mail', sendMail, { connection, telemetry: bullmqTelemetry() });
 */
export function bullmqTelemetry(options: Pick<BullmqLibraryOptions, 'newTracePerJob'> = {}): BullmqTelemetry {
  const { newTracePerJob } = options;
  return {
    tracer: {
      startSpan: (_name, spanOptions, context) =>
        new TelemetrySpan(spanOptions?.kind ?? 0, context as Place | undefined, newTracePerJob), // of fromMetadata()
    },
    contextManager: {
      with: ((place: Place | undefined, fn: () => unknown) => runAt(place, fn)) as never, // BullMQ passes no arguments
      active,
      root: () => outsidePlace,
      getMetadata: (place) => contained(toMetadata)(place as Place | undefined) ?? '',
      fromMetadata: (_, metadata) => contained(fromMetadata)(metadata) ?? outsidePlace,
    },
  };
}

type AnyFunction = (...args: never[]) => unknown;

/** An instance of one of BullMQ's classes. */
interface Instance {
  readonly opts: { readonly telemetry?: unknown };
}

/** Traces the classes of BullMQ 5 and 6. */
export const trace: Trace = (given) => {
  const place =
    readProperty(readProperty(given, 'default'), 'QueueBase') === undefined ? given : readProperty(given, 'default');
  const [queueBase, worker, flowProducer] = ['QueueBase', 'Worker', 'FlowProducer'].map((name) =>
    readProperty(readProperty(place, name), 'prototype'),
  ) as (Record<string, AnyFunction | undefined> | undefined)[]; // the prototypes of classes
  if (typeof queueBase?.trace !== 'function' || worker === undefined) return undefined;
  if (isWrappedByOthers(queueBase.trace)) return 'foreign';
  traceInstances(queueBase);
  runOutside(worker, 'run'); // the loops that wait for jobs
  traceWorkers(worker);
  for (const [name, method] of [
    ['RedisConnection', 'init'],
    ['QueueEvents', 'run'], // the loop that waits for events
  ] as const) {
    const prototype = readProperty(readProperty(place, name), 'prototype');
    if (typeof prototype === 'object' && prototype !== null) runOutside(prototype, method);
  }
  if (flowProducer !== undefined) traceFlows(flowProducer);
  return 'hook';
};

const telemetry = bullmqTelemetry();
/** Instances as BullMQ's `trace()` sees them: with our telemetry. The application's options are not changed. */
const standIns = new WeakMap<object, object>();

function traceInstances(prototype: object): void {
  wrapOnce(
    prototype as { trace: unknown },
    'trace',
    (original) =>
      function trace(this: Instance, ...args: unknown[]) {
        const isOurs =
          this.opts?.telemetry === undefined && optionsOf('bullmq', currentContext() ?? outside) !== undefined;
        if (!isOurs) return original.apply(this, args);
        let standIn = standIns.get(this);
        if (standIn === undefined) {
          standIn = Object.create(this, {
            opts: { value: Object.create(this.opts, { telemetry: { value: telemetry } }) },
          }) as object;
          standIns.set(this, standIn);
        }
        return original.apply(standIn, args);
      },
  );
}

function traceWorkers(prototype: object): void {
  const worker = prototype as Readonly<Record<'processJob' | 'callProcessJob', unknown>>;
  wrapOnce(
    worker,
    'processJob',
    (original) =>
      function processJob(this: unknown, ...args: [Job, ...unknown[]]) {
        [startingJob] = args;
        try {
          return original.apply(this, args);
        } finally {
          startingJob = undefined;
        }
      },
  );
  wrapOnce(
    worker,
    'callProcessJob',
    (original) =>
      function callProcessJob(this: unknown, ...args: [Job, ...unknown[]]) {
        const note = (error: unknown): never => {
          thrown.set(args[0], { error });
          throw error;
        };
        try {
          const result = original.apply(this, args);
          return result instanceof Promise ? result.catch(note) : result;
        } catch (error) {
          return note(error); // a processor that is not async
        }
      },
  );
}

interface Node {
  readonly opts?: object;
}

function traceFlows(prototype: object): void {
  // BullMQ's own option sets the property of the instance.
  if (!Object.hasOwn(prototype, 'telemetry')) {
    Object.defineProperty(prototype, 'telemetry', { value: telemetry, writable: true, configurable: true });
  }
  // BullMQ gives the context only to jobs with options.
  wrapOnce(
    prototype as { addNode: unknown },
    'addNode',
    (original) =>
      function addNode(this: unknown, ...args: [{ readonly node: Node }, ...unknown[]]) {
        const [first, ...rest] = args;
        if (first?.node === undefined || first.node.opts !== undefined) return original.apply(this, args);
        return original.apply(this, [{ ...first, node: { ...first.node, opts: {} } }, ...rest]);
      },
  );
}

/**
 * Traces BullMQ 5 and 6: pass its exports. Instances that were made with an option `telemetry` keep that.
 *
 * `add q` (also `addBulk`, `addFlow`) is below the active span; `process q` continues the trace of the job, once for each attempt,
 * and starts one if the job brings none. With `libraries: { bullmq: { newTracePerJob: true } }`, and for the jobs of a scheduler, it starts a
 * trace with a link. An attempt that fails is an error, with its exception. What the processor calls is below `process q`.
 *
 * Not traced: what a worker does by itself, such as polling; what runs inside a sandboxed processor's process. Not recorded: data, options,
 * progress and results of jobs.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @example
 * import * as bullmq from 'bullmq';
 * traceBullmq(bullmq);
 */
export function traceBullmq<Given extends object>(bullmq: Given): Given {
  return traceGiven(
    'bullmq',
    (given) => trace(given, undefined),
    bullmq,
    'traceBullmq(bullmq)',
    'the exports of bullmq',
  );
}
