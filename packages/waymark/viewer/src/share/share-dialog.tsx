/**
 * The share dialog: lists the keys that the file will contain, and the values that were removed, each with a
 * checkbox.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type SecretKind, secretKinds } from '../../../src/share/secret-kinds.ts';
import type { SharedKey, SharePreview } from '../../../src/share/shared-keys.ts';
import { useResource } from '../api/use-resource.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { showNotice } from '../shell/notice.ts';
import { previewSharing } from '../trace/server-source.ts';

export function ShareDialog({ traceId, onClose }: { readonly traceId: string; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { value: preview, error } = useResource(traceId, (signal) => previewSharing(traceId, signal));
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  const [kept, setKept] = useState<ReadonlySet<SecretKind>>(new Set());
  useEffect(() => dialog.current?.showModal(), []);
  // Values that look like secrets or personal data are left out by default.
  const isLeftOut = ({ key, isSensitive }: SharedKey) => isSensitive !== changed.has(key);
  const leftOut = (preview?.keys ?? []).filter(isLeftOut).map(({ key }) => key);
  // The user included a key that looks like a secret: include its value.
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
            Saves an HTML page that opens from disk, without a network or an installation. It contains the names, times
            and ids of all spans, and the values listed here.
          </p>
        </header>
        {error !== undefined && <p class="error-text">{error.message}</p>}
        {preview === undefined && error === undefined && <p class="dim">Reading the spans …</p>}
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
            Save file
          </button>
        </footer>
      </form>
    </dialog>
  );
}

/** The kinds of secrets that were removed. A checkbox keeps them in the file. */
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

/** The collector writes the file: it has all spans, so the page does not load them. */
function download(traceId: string, without: readonly string[], keep: readonly string[]): void {
  const anchor = document.createElement('a');
  const search = new URLSearchParams([
    // Without the parameter, the collector chooses the keys. An empty parameter leaves out no key.
    ...(without.length === 0 ? [''] : without).map((key) => ['without', key]),
    ...keep.map((word) => ['keep', word]),
  ]);
  anchor.href = `/waymark/traces/${traceId}/share.html?${search}`;
  anchor.download = '';
  anchor.click();
  showNotice('Saved to your downloads');
}
