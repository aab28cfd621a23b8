/**
 * Finds libraries by what they publish: an ES module that was loaded before cannot be found otherwise. The first message on one of its
 * channels shows that a library is there.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { contained } from '../count-fault.ts';
import { processState } from '../process-state.ts';
import { contextForMessage, isSubscribed } from './channel-subscriber.ts';
import type { TableRow } from './library-table.ts';

const watchKey: unique symbol = Symbol.for('waymark.publishing.v1') as never;

/** A channel, which is one object for all copies of this package in the process. */
type WatchedChannel = Channel & { [watchKey]?: { readonly realm: object; stop(): void } | undefined };

/** Kept: Node collects a channel without references, with its subscribers. */
const watched = new Map<string, WatchedChannel>();

/** Calls `onPublished` once for each row, before its first message goes on. May be called again, with more rows. */
export function watchPublishing(rows: readonly TableRow[], onPublished: (row: TableRow) => void): void {
  for (const row of rows) {
    const names = row.channels?.filter((name) => !watched.has(name)) ?? [];
    const stopAll = () => {
      for (const name of names) watched.get(name)?.[watchKey]?.stop();
    };
    for (const name of names)
      watchChannel(name, () => {
        stopAll();
        onPublished(row);
      });
  }
}

function watchChannel(name: string, onFirst: () => void): void {
  const published: WatchedChannel = channel(name);
  watched.set(name, published);
  const before = published[watchKey];
  if (before?.realm === globalThis) return; // of another copy
  before?.stop(); // what a finished test file has left behind
  if (isSubscribed(published)) return; // the application has traced it by hand
  const listener = contained(onFirst);
  published.subscribe(listener);
  // It comes before the listeners: the first operation, too, runs in the context of its span.
  published.bindStore(processState.storage, (message) => {
    listener();
    return contextForMessage(published, message);
  });
  published[watchKey] = {
    realm: globalThis,
    stop() {
      published.unsubscribe(listener);
      if (!isSubscribed(published)) published.unbindStore(processState.storage);
    },
  };
}
