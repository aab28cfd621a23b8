/**
 * Instrumentations of OpenTelemetry that trace what Waymark traces: a call has one span, from one of the two. The option `prefer`
 * decides which.
 */
import { currentContext } from '../active-context.ts';
import type { Context } from '../context.ts';
import { describeValue, invalidOption } from '../errors.ts';
import { type InternalTracer, knownTracer } from '../internal-tracer.ts';
import { libraryNames } from '../libraries-option.ts';
import type { OpenTelemetryState, TracedSubject } from '../open-telemetry-state.ts';
import { isOutboundInstrumented } from '../outbound-installation.ts';
import type { RecordingSpan } from '../recording-span.ts';
import { isPlainObject } from '../settings/forms.ts';
import { isNotedAsTraced } from '../traced-subjects.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/** From which instrumentation a call has its span, if Waymark's and OpenTelemetry's could both make one. */
export type Preference = 'waymark' | 'opentelemetry' | 'both';

/** One for all, or by the name of the instrumentation's tracer, such as `@opentelemetry/instrumentation-pg`; the others have `waymark`. */
export type PreferOption = Preference | Readonly<Record<string, Preference>>;

/** Decides for each tracer of OpenTelemetry's side. */
export interface Guard extends Pick<OpenTelemetryState, 'wrapsOverTheirs' | 'leavesToTheirs'> {
  /**
   * Looks at a tracer by its name. Call it once for each tracer.
   *
   * @returns `undefined` if all its spans are wanted, so that nothing has to be asked for each of them.
   */
  watch(scopeName: string): WatchedTracer | undefined;
  /** Called for each tracer. */
  onTracer: (() => void) | undefined;
}

/** A tracer whose spans may show what Waymark shows. */
export interface WatchedTracer {
  /**
   * Whether a span that it starts now is left out. It is reported once.
   *
   * @param kind OpenTelemetry's number for the kind.
   */
  isSilent(kind: unknown): boolean;
  /** Whether Waymark writes the headers of the calls that such a span is for. */
  readonly leavesHeadersToUs: boolean;
}

// Those of the API's `SpanKind`.
const serverKind = 1;
const clientKind = 2;

/** What instrumentations trace, by the end of their names. Those of libraries that have the name of Waymark's are not here. */
const subjectsByName: Readonly<Record<string, readonly TracedSubject[]>> = {
  http: ['server', 'node:http'],
  undici: ['undici'],
  'fetch-node': ['undici'],
  express: ['server'],
  router: ['server'], // of Express 5
  connect: ['server'],
  fastify: ['server'],
  'pg-pool': ['pg'],
  'redis-4': ['redis'],
  tedious: ['tedious', 'mssql'],
  ioredis: ['ioredis', 'iovalkey'],
};

/** Whose calls carry the context that Waymark writes. */
const carrying: ReadonlySet<TracedSubject> = new Set<TracedSubject>(['node:http', 'undici', 'grpc']);

/** Instrumentations whose names say nothing of what they trace. */
const subjectsByScope: Readonly<Record<string, readonly TracedSubject[]>> = {
  '@fastify/otel': ['server'],
  '@elastic/transport': ['elasticsearch'], // of the client itself
};

// Prisma asks one instrumentation only, the one that has registered last: it cannot trace an operation twice.
const ownNames = new Set<string>(libraryNames.filter((name) => name !== 'prisma'));

/** What an instrumentation traces that Waymark may trace, too. The names of packages by other authors follow those of OpenTelemetry. */
export function subjectsOf(scopeName: string): readonly TracedSubject[] {
  if (Object.hasOwn(subjectsByScope, scopeName)) return subjectsByScope[scopeName] ?? [];
  const [, name = ''] = /(?:^|[/-])(?:instrumentation|plugin)-([a-z0-9.-]+)$/.exec(scopeName) ?? [];
  if (Object.hasOwn(subjectsByName, name)) return subjectsByName[name] ?? [];
  return ownNames.has(name) ? [name as TracedSubject] : []; // just found among them
}

/** See `OpenTelemetryState`, for spans of the bridge. */
export function serverSpanIn(context: Context | undefined): WaymarkSpan | undefined {
  const active = context?.span;
  if (!isWaymarkSpan(active) || active.mode !== undefined) return undefined;
  for (let span: RecordingSpan | undefined = active; span !== undefined; span = span.localParent) {
    // Not one of Waymark's: a server may have been started in one.
    if (span.kind === 'server')
      return subjectsOf(span.scope.name).includes('server') && span.isRecording() ? active : undefined;
  }
  return undefined;
}

/** @throws {WaymarkError} `WAYMARK_INVALID_OPTION` for a value that does not exist. */
export function checkPrefer(prefer: unknown): PreferOption {
  if (prefer === undefined) return 'waymark';
  if (isPreference(prefer)) return prefer;
  if (!isPlainObject(prefer)) throw invalidPreference('prefer', prefer);
  for (const [name, value] of Object.entries(prefer)) {
    if (value !== undefined && !isPreference(value)) throw invalidPreference(`prefer[${describeValue(name)}]`, value);
  }
  return { ...prefer } as PreferOption; // each value: just checked
}

function isPreference(value: unknown): value is Preference {
  return value === 'waymark' || value === 'opentelemetry' || value === 'both';
}

function invalidPreference(name: string, value: unknown): Error {
  const byName = name === 'prefer' ? ", or one of these by the name of an instrumentation's tracer" : '';
  return invalidOption(name, value, `'waymark', 'opentelemetry' or 'both'${byName}`, "Leave it out to use 'waymark'.");
}

/** @param prefer From {@link checkPrefer}. */
export function createGuard(prefer: PreferOption, isJoined: boolean): Guard {
  const reported = new Set<string>();
  /** The subjects of the instrumentations that have asked for a tracer, or have started a span. */
  const seen = new Set<TracedSubject>();
  const named = new Set<TracedSubject>(
    typeof prefer === 'string'
      ? []
      : Object.keys(prefer).flatMap((name) => (prefer[name] === 'opentelemetry' ? subjectsOf(name) : [])),
  );

  function preferenceFor(scopeName: string): Preference {
    if (typeof prefer === 'string') return prefer;
    return Object.hasOwn(prefer, scopeName) ? (prefer[scopeName] ?? 'waymark') : 'waymark';
  }

  return {
    // Beside an SDK the instrumentations make spans of that SDK: a library that they have wrapped is left to them.
    wrapsOverTheirs: !isJoined && prefer !== 'opentelemetry',
    leavesToTheirs: (subject) => named.has(subject) || (prefer === 'opentelemetry' && seen.has(subject)),
    onTracer: undefined,
    watch(scopeName) {
      this.onTracer?.();
      const subjects = subjectsOf(scopeName);
      for (const subject of subjects) seen.add(subject);
      if (preferenceFor(scopeName) !== 'waymark') return undefined;
      const isNamed = typeof prefer !== 'string' && Object.hasOwn(prefer, scopeName);
      if (subjects.length === 0 && !isNamed) return undefined;
      return {
        leavesHeadersToUs: subjects.some((subject) => carrying.has(subject)),
        isSilent(kind) {
          // As instrumentations of Waymark find theirs: without a tracer, none of them makes a span.
          const tracer = knownTracer(currentContext()?.span);
          if (tracer === undefined) return false;
          const doubled = subjects.length === 0 || subjects.some((subject) => isTracedNow(subject, kind, tracer));
          if (doubled && !reported.has(scopeName)) {
            reported.add(scopeName);
            tracer.diagnostics.note('info', describeSilenced(scopeName));
          }
          return doubled;
        },
      };
    },
  };
}

/** Whether Waymark makes a span for what starts here. A request that comes in has its span later: its adapter runs afterwards. */
function isTracedNow(subject: TracedSubject, kind: unknown, tracer: InternalTracer): boolean {
  switch (subject) {
    case 'server':
      return kind !== clientKind && isNotedAsTraced('server');
    case 'node:http':
      return kind !== serverKind && tracer.tracesOutbound && isOutboundInstrumented();
    case 'undici':
      return tracer.tracesOutbound && isOutboundInstrumented();
    default:
      return isNotedAsTraced(subject) && tracer.settings.libraries[subject] !== undefined;
  }
}

function describeSilenced(scopeName: string): string {
  return (
    `${scopeName} traces what Waymark traces, so its spans are left out. Remove it, or choose by the option prefer: ` +
    `bridgeOpenTelemetry(api, { prefer: { '${scopeName}': 'opentelemetry' } }) leaves these calls to it, and 'both' has both spans. ` +
    'See docs/opentelemetry.md'
  );
}
