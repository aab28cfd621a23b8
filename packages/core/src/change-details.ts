/** Changes of a span's events and links by a hook. */
import { attributesToObject, type CollectedAttributes } from './attributes.ts';
import { readOption } from './read-option.ts';
import type { SpanEventData, SpanLinkData } from './readable-span.ts';
import type { SpanEvent, SpanLink } from './span.ts';

type Collect = (attributes: unknown) => CollectedAttributes;

/** The events that `change` returns, without those for which it returns anything else. Throws what it throws, and nothing has changed then. */
export function changeEvents(
  events: readonly SpanEvent[],
  change: (event: SpanEventData) => SpanEventData | undefined,
  collect: Collect,
): SpanEvent[] {
  return events.flatMap((event) => {
    const { name, timeMs, attributes, droppedAttributesCount } = event;
    const given = { name, timeMs, attributes: attributesToObject(attributes) };
    const changed: unknown = change(given);
    if (typeof changed !== 'object' || changed === null) return [];
    const changedName = readOption(changed, 'name');
    if (typeof changedName !== 'string') return [];
    const { list, dropped } = collect(readOption(changed, 'attributes'));
    const time = readOption(changed, 'timeMs');
    return {
      name: changedName,
      timeMs: typeof time === 'number' && Number.isFinite(time) ? time : timeMs,
      attributes: list,
      droppedAttributesCount: droppedAttributesCount + dropped,
    };
  });
}

/** The same for links, of which only the attributes change. */
export function changeLinks(
  links: readonly SpanLink[],
  change: (link: SpanLinkData) => SpanLinkData | undefined,
  collect: Collect,
): SpanLink[] {
  return links.flatMap(({ context, attributes, droppedAttributesCount }) => {
    const { traceId, spanId } = context;
    const changed: unknown = change({ traceId, spanId, attributes: attributesToObject(attributes) });
    if (typeof changed !== 'object' || changed === null) return [];
    const { list, dropped } = collect(readOption(changed, 'attributes'));
    return { context, attributes: list, droppedAttributesCount: droppedAttributesCount + dropped };
  });
}
