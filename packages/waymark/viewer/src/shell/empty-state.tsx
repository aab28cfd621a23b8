/** Replaces an empty list: says why it is empty, and what to do next. */
import type { ComponentChildren } from 'preact';
import { copyText } from './notice.ts';

export function EmptyState({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <section class="empty-state">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A command or a setting, with a button that copies it. */
export function Snippet({ code, label }: { readonly code: string; readonly label: string }) {
  return (
    <figure class="snippet">
      <figcaption>{label}</figcaption>
      <pre tabIndex={0}>{code}</pre>
      <button type="button" class="quiet" onClick={() => copyText(code, label)}>
        Copy
      </button>
    </figure>
  );
}
