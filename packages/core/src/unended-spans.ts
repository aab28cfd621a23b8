/** The spans of `startSpan()` that have not ended: the application may have forgotten to end them. */
import type { RecordingSpan } from './recording-span.ts';

// Enough names to find the mistake. A service that forgets all its spans keeps that many names, and no span.
const maxSpans = 1000;
const maxShownNames = 5;
const maxShownLength = 100;

export interface UnendedSpans {
  add(span: RecordingSpan): void;
  delete(span: RecordingSpan): void;
  /** How many, and their names: `2 spans were never ended, and are lost: "resize" (2)`. `undefined` if there are none. */
  describe(): string | undefined;
}

export function createUnendedSpans(): UnendedSpans {
  // Each span knows its place: every span of startSpan() comes and goes, and a map by id took a tenth of the time of a span.
  const names: (string | undefined)[] = [];
  const free: number[] = [];
  return {
    add(span) {
      const place = free.pop() ?? names.length;
      if (place === maxSpans) return;
      names[place] = span.name;
      span.unendedPlace = place;
    },
    delete(span) {
      const place = span.unendedPlace;
      if (place === -1) return;
      names[place] = undefined;
      free.push(place);
      span.unendedPlace = -1;
    },
    describe() {
      const size = names.length - free.length;
      if (size === 0) return undefined;
      const counts = new Map<string, number>();
      for (const name of names) {
        if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const most = [...counts].sort(([, one], [, other]) => other - one);
      const shown = most
        .slice(0, maxShownNames)
        .map(([name, count]) => `"${name.slice(0, maxShownLength)}"${count > 1 ? ` (${count})` : ''}`);
      if (most.length > maxShownNames) shown.push('…');
      const count = size === 1 ? '1 span was' : `${size}${size === maxSpans ? ' or more' : ''} spans were`;
      return `${count} never ended, and ${size === 1 ? 'is' : 'are'} lost: ${shown.join(', ')}. Call end(), or use withSpan()`;
    },
  };
}
