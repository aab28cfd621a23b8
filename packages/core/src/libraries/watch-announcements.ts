/** Libraries that publish their clients on a channel, and are found by it: on every Node, however they are loaded. */
import { type Channel, channel } from 'node:diagnostics_channel';
import { contained } from '../count-fault.ts';
import { libraryTable, type TableRow } from './library-table.ts';

const watchKey: unique symbol = Symbol.for('waymark.announcements.v1') as never;

type WatchedChannel = Channel & { [watchKey]?: { readonly realm: object; stop(): void } };

/** The channels that are subscribed to. Kept: Node collects a channel without references, with its subscribers. */
const watched = new Set<WatchedChannel>();

/**
 * Reports what is published on the channels of the wanted libraries. It may be called again, with more libraries. What a finished test file has
 * left behind is replaced; a second copy of this package leaves it to the first.
 */
export function watchAnnouncements(
  isWanted: (row: TableRow) => boolean,
  onAnnounced: (row: TableRow, message: unknown) => void,
): void {
  for (const row of libraryTable) {
    if (row.announcedBy === undefined || !isWanted(row)) continue;
    // Jest fails a test file for what is loaded after its end, and a later file may start a process.
    if (row.packageName.startsWith('node:') && process.env.JEST_WORKER_ID !== undefined) row.loadTraces();
    for (const name of row.announcedBy) watch(name, (message) => onAnnounced(row, message));
  }
}

function watch(name: string, onAnnounced: (message: unknown) => void): void {
  const announced = channel(name) as WatchedChannel;
  const before = announced[watchKey];
  if (before?.realm === globalThis) return;
  before?.stop();
  const onMessage = contained((message: unknown) => {
    // It is published for each call, and one is enough.
    if (name.endsWith(':start')) announced.unsubscribe(onMessage);
    onAnnounced(message);
  });
  announced.subscribe(onMessage);
  announced[watchKey] = { realm: globalThis, stop: () => void announced.unsubscribe(onMessage) };
  watched.add(announced);
}
