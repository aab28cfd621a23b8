/** Before a trace becomes a file: what will be in it, key by key, and what was taken out, to tick on and off. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type SecretKind, secretKinds } from '../../../src/share/secret-kinds.ts';
import type { SharedKey, SharePreview } from '../../../src/share/shared-keys.ts';
import { useResource } from '../api/use-resource.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { tell } from '../shell/notice.ts';
import { previewSharing } from '../trace/server-source.ts';

export function ShareDialog({ traceId, onClose }: { readonly traceId: string; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { value: preview, error } = useResource(traceId, (signal) => previewSharing(traceId, signal));
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [kept, setKept] = useState<ReadonlySet<SecretKind>>(new Set());
  useEffect(() => dialog.current?.showModal(), []);
  // What looks like a secret or a person stays here unless the reader says otherwise.
  const isLeftOut = ({ key, isSensitive }: SharedKey) => isSensitive !== changed.has(key);
  const leftOut = (preview?.keys ?? []).filter(isLeftOut).map(({ key }) => key);
  // Wanted although it looks like a secret: then with its value.
  const chosen = (preview?.keys ?? []).flatMap((entry) => (entry.isSensitive && !isLeftOut(entry) ? [entry.key] : []));
  return (
    <dialog ref={dialog} class="share-dialog" aria-labelledby="share-title" onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          if (event.submitter?.getAttribute('value') === 'share') download(traceId, leftOut, [...kept, ...chosen]);
        }}
      >
        <header>
          <h2 id="share-title">Share as one file</h2>
          <p>
            An HTML page that opens from a disk, with no network and nothing installed. These are all the values that it
            will hold, besides names, times and ids.
          </p>
        </header>
        {error !== undefined && <p class="error-text">{error.message}</p>}
        {preview === undefined && error === undefined && <p class="dim">Looking through the spans …</p>}
        {preview !== undefined && (
          <div class="share-lists">
            <RemovedKinds removed={preview.removed} kept={kept} onToggle={(kind) => setKept(toggled(kept, kind))} />
            <ul class="share-keys" aria-label="Keys to include">
              {preview.keys.map((entry) => (
                <li key={entry.key}>
                  <label>
                    <input
                      type="checkbox"
                      checked={!isLeftOut(entry)}
                      onChange={() => setChanged(toggled(changed, entry.key))}
                    />
                    <span class="share-key clip">{entry.key}</span>
                    <span class="number dim">{formatCount(entry.count)}</span>
                    <code class="clip dim">{isLeftOut(entry) ? 'left out' : entry.example}</code>
                  </label>
                </li>
              ))}
            </ul>
          </div>
        )}
        <footer>
          <span class="dim">{leftOut.length > 0 && `${formatPlural(leftOut.length, 'key')} left out`}</span>
          <button type="submit" value="cancel" formNoValidate>
            Cancel
          </button>
          <button type="submit" value="share" class="primary" disabled={preview === undefined}>
            Save the file
          </button>
        </footer>
      </form>
    </dialog>
  );
}

/** What was taken out by what it looks like, to be left in. */
function RemovedKinds({
  removed,
  kept,
  onToggle,
}: {
  readonly removed: SharePreview['removed'];
  readonly kept: ReadonlySet<SecretKind>;
  readonly onToggle: (kind: SecretKind) => void;
}) {
  const kinds = [...new Set(removed.map(({ kind }) => kind))];
  if (kinds.length === 0) return null;
  return (
    <ul class="share-keys" aria-label="Secrets to include">
      {kinds.map((kind) => {
        const places = removed.filter((each) => each.kind === kind);
        return (
          <li key={kind}>
            <label>
              <input type="checkbox" checked={kept.has(kind)} onChange={() => onToggle(kind)} />
              <span class="share-key clip">{secretKinds[kind][1]}</span>
              <span class="number dim">{formatCount(places.reduce((sum, { count }) => sum + count, 0))}</span>
              <span class="clip dim">in {places.map(({ where }) => where).join(', ')}</span>
            </label>
          </li>
        );
      })}
    </ul>
  );
}

function toggled<Item>(set: ReadonlySet<Item>, item: Item): ReadonlySet<Item> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

/** The collector writes the file: it has the spans, and the page need not hold them. */
function download(traceId: string, without: readonly string[], keep: readonly string[]): void {
  const anchor = document.createElement('a');
  const search = new URLSearchParams([
    // Without the parameter the collector decides: an empty one says that no key is left out.
    ...(without.length === 0 ? [''] : without).map((key) => ['without', key]),
    ...keep.map((word) => ['keep', word]),
  ]);
  anchor.href = `/waymark/traces/${traceId}/share.html?${search}`;
  anchor.download = '';
  anchor.click();
  tell('The file is among your downloads');
}
