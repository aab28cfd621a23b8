/**
 * Finds the part of each span in the map of services, while spans of a trace arrive one by one and in any order:
 * children before their parents, both sides of a call under one id. Each span costs the same, however many there are.
 * It changes its own part, and the parts of the few spans that turn out to be its parent or its children.
 */
import { hashOfString } from './hash-of-string.ts';
import type { SpanFacts } from './span-facts.ts';
import { textOfSeries } from './span-series.ts';
import type { FailedSpan, TraceFailures } from './trace-failures.ts';

/** Counts a span under a series: +1 to add it, and -1 when a later span shows that it does not belong there. */
export type NoteSeries = (
  series: string,
  span: { readonly startMs: number; readonly durationMs: number | undefined; readonly hasFailed: boolean },
  sign: 1 | -1,
) => void;

export interface TraceCalls {
  /** Adds a span, unless it was delivered before. @returns Whether the span is new. */
  add(span: SpanFacts, note: NoteSeries): boolean;
}

/** A span whose part in the map may still change. */
interface Member {
  /** A hash of everything that identifies the span. With it, a span that is delivered again is recognised. */
  readonly identity: number;
  readonly serviceName: string;
  readonly kind: SpanFacts['kind'];
  readonly peer: string | undefined;
  readonly startMs: number;
  readonly durationMs: number | undefined;
  readonly hasFailed: boolean;
  readonly isOk: boolean;
  readonly failed: FailedSpan | undefined;
  readonly node: Node;
  /** The node of its parent id. The parent may not have arrived yet. */
  readonly parent: Node | undefined;
  /** The parent, if it has arrived, or the client's side of the same call. */
  caller: Member | undefined;
}

/** All spans of one id: usually one. */
interface Node {
  readonly members: Member[];
  /** Spans that name this id as their parent, and whose part depends on other spans with this id. */
  children: Member[];
  /** The number of spans that are the other side of a call with this id. */
  callCount: number;
  /** The identities of spans that are not members. */
  others: Set<number> | undefined;
}

// Both sides of a call share an id, and so do spans of a sender that mixes up ids. Spans beyond this number are counted
// as they arrive, and do not change each other's parts. Otherwise a sender with one id for all spans would make each
// span cost more.
const maxMembers = 8;

const noChildren: Member[] = [];

/** @param failures Gets the spans in their places, and is kept up to date with them. */
export function createTraceCalls(failures: TraceFailures): TraceCalls {
  const nodes = new Map<string, Node>();

  function nodeOf(spanId: string): Node {
    let node = nodes.get(spanId);
    if (node === undefined) {
      node = { members: [], children: noChildren, callCount: 0, others: undefined };
      nodes.set(spanId, node);
    }
    return node;
  }

  return {
    add(span, note) {
      const node = nodeOf(span.spanId);
      const identity = hashOfString(identityOf(span));
      if (node.others?.has(identity) || node.members.some((member) => member.identity === identity)) return false;
      const { serviceName, kind, peer, startMs, durationMs, hasFailed, parentSpanId } = span;
      const parent = parentSpanId === undefined ? undefined : nodeOf(parentSpanId);
      const member: Member = {
        identity,
        serviceName,
        kind,
        peer,
        startMs,
        durationMs,
        hasFailed,
        isOk: span.isOk,
        failed: span.failure && { failure: span.failure, isPassedOn: false, row: undefined },
        node,
        parent,
        caller: undefined,
      };
      const isRevised = node.members.length < maxMembers;
      if (isRevised) {
        node.members.push(member);
      } else {
        node.others ??= new Set();
        node.others.add(identity);
      }
      member.caller = callerOf(member);
      noteEntry(member, note, 1);
      if (node.callCount === 0) noteExternal(member, note, 1);
      if (isCall(member)) countCall(member, note, 1);
      failures.add(member);
      if (isRevised) revise(member, note, failures);
      failures.settle(node);
      return true;
    },
  };
}

/** Everything that identifies a span, apart from its id, which is the node's. */
function identityOf({ parentSpanId, kind, startNano, endNano, serviceName, name }: SpanFacts): string {
  return `${kind} ${startNano} ${endNano} ${parentSpanId ?? ''} ${serviceName} ${name}`;
}

/** Updates the parts of the spans that are already there. */
function revise(member: Member, note: NoteSeries, failures: TraceFailures): void {
  const { node, parent } = member;
  // The client's side of the same call may have arrived.
  for (const other of node.members) if (other !== member && other.kind === 'server') findCaller(other, note, failures);
  if (node.children.length > 0) {
    for (const child of node.children) findCaller(child, note, failures);
    node.children = node.children.filter((child) => mayChange(child, node));
  }
  if (parent !== undefined && mayChange(member, parent)) {
    if (parent.children === noChildren) parent.children = [member];
    else parent.children.push(member);
  }
}

/** A child of the same service stays a child, whatever other spans have that id. */
function mayChange({ caller, serviceName }: Member, parent: Node): boolean {
  return caller?.node !== parent || caller.serviceName !== serviceName;
}

function findCaller(member: Member, note: NoteSeries, failures: TraceFailures): void {
  const caller = callerOf(member);
  if (caller === member.caller) return;
  noteEntry(member, note, -1);
  if (isCall(member)) countCall(member, note, -1);
  member.caller = caller;
  noteEntry(member, note, 1);
  if (isCall(member)) countCall(member, note, 1);
  failures.revise(member);
}

function callerOf(member: Member): Member | undefined {
  const { node, parent, kind, serviceName } = member;
  // In Zipkin, both sides of a call share an id: the parent of the server's side is the client's side.
  const client = kind === 'server' ? node.members.find((one) => one !== member && one.kind === 'client') : undefined;
  if (client !== undefined || parent === undefined) return client;
  const candidates = parent.members.filter((one) => one !== member);
  return (
    candidates.find((one) => one.serviceName === serviceName) ??
    candidates.findLast((one) => one.kind !== 'client') ??
    candidates.at(-1)
  );
}

/**
 * Requests from outside of the service, and their origin. A message that is only linked to its sender came from its
 * queue.
 */
function noteEntry(member: Member, note: NoteSeries, sign: 1 | -1): void {
  const { serviceName, caller, kind, peer } = member;
  const isDirect = caller !== undefined && caller.serviceName !== serviceName;
  if (kind === 'consumer' && peer !== undefined && !isDirect) {
    note(textOfSeries(['edge', peer, serviceName]), member, sign);
  }
  if (caller?.serviceName === serviceName) return;
  note(textOfSeries(['entry', serviceName]), member, sign);
  if (caller !== undefined) note(textOfSeries(['edge', caller.serviceName, serviceName]), member, sign);
}

/** A call to a target that sends no spans, as the caller names it. */
function noteExternal(member: Member, note: NoteSeries, sign: 1 | -1): void {
  const { serviceName, peer, kind } = member;
  if (peer === undefined || kind === 'consumer') return;
  note(textOfSeries(['external', peer]), member, sign);
  note(textOfSeries(['edge', serviceName, peer]), member, sign);
}

/** Whether the span is the other side of a call. */
function isCall({ caller, kind, serviceName }: Member): boolean {
  if (caller === undefined) return false;
  return kind === 'server' || kind === 'consumer' || caller.serviceName !== serviceName;
}

function countCall({ caller }: Member, note: NoteSeries, sign: 1 | -1): void {
  if (caller === undefined) return;
  const { node } = caller;
  const before = node.callCount;
  node.callCount += sign;
  if (before === 0) for (const member of node.members) noteExternal(member, note, -1);
  else if (node.callCount === 0) for (const member of node.members) noteExternal(member, note, 1);
}
