/** The dialog of `?`: all keyboard shortcuts of this screen. */
import { useEffect, useRef } from 'preact/hooks';
import { type KeyGroup, keyGroups, keysOf } from '../keys/key-bindings.ts';

const keyNames: Readonly<Record<string, string>> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  ' ': 'Space',
};

export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose} onClick={closeOutside}>
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <form method="dialog">
          <button type="submit" class="quiet">
            Close
          </button>
        </form>
      </header>
      <div class="help-groups">
        {shownGroups().map(({ title, bindings }) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {bindings.map((binding) => (
                <div key={binding.does}>
                  <dt>
                    {keysOf(binding).map((keys) => (
                      <span key={keys} class="key-choice">
                        {(keys === ' ' ? [' '] : keys.split(' ')).map((key) => (
                          <kbd key={key}>{keyNames[key] ?? key}</kbd>
                        ))}
                      </span>
                    ))}
                  </dt>
                  <dd>{binding.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}

// The shortcuts of this screen come first.
function shownGroups(): readonly KeyGroup[] {
  const groups = keyGroups.value.filter(({ bindings }) => bindings.length > 0);
  const isShell = ({ title }: KeyGroup) => title === 'Everywhere';
  return [...groups.filter((group) => !isShell(group)), ...groups.filter(isShell)];
}

function closeOutside(event: MouseEvent): void {
  if (event.target instanceof HTMLDialogElement) event.target.close();
}
