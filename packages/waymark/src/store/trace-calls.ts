/**
 * The part of each span in the map of services, while spans of a trace come one by one and in any order: children before their
 * parents, both sides of a call under one id. A span that comes costs the same however many are there. What it changes is its own
 * part, and that of the few spans whose parent or child it turns out to be.
 */
import { hashOfText } from './hash-of-text.ts';
import type { SpanFacts } from './span-facts.ts';
import { textOfSeries } from './span-series.ts';
import type { FailedSpan, TraceFailures } from './trace-failures.ts';

/** What is counted under a series: by +1 when it is so, and by -1 when a later span shows that it is not. */
export type NoteSeries = (
  series: string,
  span: { readonly startMs: number; readonly durationMs: number | undefined; readonly hasFailed: boolean },
  sign: 1 | -1,
) => void;

export interface TraceCalls {
  /** Adds a span, unless it was delivered before. @returns Whether it is new. */
  add(span: SpanFacts, note: NoteSeries): boolean;
}

/** A span whose part in the map may still change. */
interface Member {
  /** Of all that makes it this span: with it, the same span is recognised when it comes again. */
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
  /** By the id that it names; the parent may not have come yet. */
  readonly parent: Node | undefined;
  /** The parent that has come, or the client's side of the same call. */
  caller: Member | undefined;
}

/** All spans of one id: mostly one. */
interface Node {
  readonly members: Member[];
  /** Spans that name this id as their parent, and whose part depends on what else comes with this id. */
  children: Member[];
  /** How many spans are the other side of a call of this id's. */
  callCount: number;
  /** The identities of spans that are no members. */
  others: Set<number> | undefined;
}

// Both sides of a call share an id, and so do spans of a sender that mixes up ids. More than these are counted as they come, and what
// they would change of each other's parts is left out: else a sender with one id for all spans would make each span cost more.
const maxMembers = 8;

const noChildren: Member[] = [];

/** @param failures Has the spans in their places, and is kept up to date with them. */
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
      const identity = hashOfText(identityOf(span));
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

/** Everything of a span that does not follow from the rest. Its id is the node's. */
function identityOf({ parentSpanId, kind, startNano, endNano, serviceName, name }: SpanFacts): string {
  return `${kind} ${startNano} ${endNano} ${parentSpanId ?? ''} ${serviceName} ${name}`;
}

/** What a new member means for the spans that are there. */
function revise(member: Member, note: NoteSeries, failures: TraceFailures): void {
  const { node, parent } = member;
  // The client's side of the same call may have come.
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

/** A child of the same service stays one, whatever else comes with that id. */
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
  // Zipkin's two sides of a call share an id: the parent of the server's is the client's.
  const client = kind === 'server' ? node.members.find((one) => one !== member && one.kind === 'client') : undefined;
  if (client !== undefined || parent === undefined) return client;
  const candidates = parent.members.filter((one) => one !== member);
  return (
    candidates.find((one) => one.serviceName === serviceName) ??
    candidates.findLast((one) => one.kind !== 'client') ??
    candidates.at(-1)
  );
}

/** Requests from outside of the service, and from where. A message that is only linked to its sender came from the queue. */
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

/** A call to what sends no spans, by the caller's word. */
function noteExternal(member: Member, note: NoteSeries, sign: 1 | -1): void {
  const { serviceName, peer, kind } = member;
  if (peer === undefined || kind === 'consumer') return;
  note(textOfSeries(['external', peer]), member, sign);
  note(textOfSeries(['edge', serviceName, peer]), member, sign);
}

/** Whether it is the other side of a call. */
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
