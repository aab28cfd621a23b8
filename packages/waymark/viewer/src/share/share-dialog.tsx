/** Before a trace becomes a file: what will be in it, key by key, to tick off what should not leave. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { SharedKey } from '../../../src/share/redaction.ts';
import { useResource } from '../api/use-resource.ts';
import { formatCount, formatPlural } from '../format/count.ts';
import { tell } from '../shell/notice.ts';
import { listKeysOfTrace } from '../trace/server-source.ts';

export function ShareDialog({ traceId, onClose }: { readonly traceId: string; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { value: keys, error } = useResource(traceId, (signal) => listKeysOfTrace(traceId, signal));
  const [changed, setChanged] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => dialog.current?.showModal(), []);
  // What looks like a secret or a person stays here unless the reader says otherwise.
  const isLeftOut = ({ key, isSensitive }: SharedKey) => isSensitive !== changed.has(key);
  const leftOut = (keys ?? []).filter(isLeftOut).map(({ key }) => key);
  const toggle = (key: string) => {
    const next = new Set(changed);
    if (!next.delete(key)) next.add(key);
    setChanged(next);
  };
  return (
    <dialog ref={dialog} class="share-dialog" aria-labelledby="share-title" onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          if (event.submitter?.getAttribute('value') === 'share') download(traceId, leftOut);
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
        {keys === undefined && error === undefined && <p class="dim">Looking through the spans …</p>}
        {keys !== undefined && (
          <ul class="share-keys" aria-label="Keys to include">
            {keys.map((entry) => (
              <li key={entry.key}>
                <label>
                  <input type="checkbox" checked={!isLeftOut(entry)} onChange={() => toggle(entry.key)} />
                  <span class="share-key clip">{entry.key}</span>
                  <span class="number dim">{formatCount(entry.count)}</span>
                  <code class="clip dim">{isLeftOut(entry) ? 'left out' : entry.example}</code>
                </label>
              </li>
            ))}
          </ul>
        )}
        <footer>
          <span class="dim">{leftOut.length > 0 && `${formatPlural(leftOut.length, 'key')} left out`}</span>
          <button type="submit" value="cancel" formNoValidate>
            Cancel
          </button>
          <button type="submit" value="share" class="primary" disabled={keys === undefined}>
            Save the file
          </button>
        </footer>
      </form>
    </dialog>
  );
}

/** The collector writes the file: it has the spans, and the page need not hold them. */
function download(traceId: string, without: readonly string[]): void {
  const anchor = document.createElement('a');
  // What is not said is decided by the collector: `without=` says that nothing is left out.
  const search = new URLSearchParams((without.length === 0 ? [''] : without).map((key) => ['without', key]));
  anchor.href = `/waymark/traces/${traceId}/share.html?${search}`;
  anchor.download = '';
  anchor.click();
  tell('The file is among your downloads');
}
