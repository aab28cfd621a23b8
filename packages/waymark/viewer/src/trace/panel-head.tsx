/** The head of the side panel: whose span it is, and the way to close it. */
import type { ComponentChildren } from 'preact';
import { setParams } from '../router/location.ts';
import { ServiceName } from '../shell/service-name.tsx';

export function PanelHead({
  service,
  name,
  children,
}: {
  readonly service: string;
  readonly name: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <header class="panel-head">
      <h2>
        <ServiceName name={service} />
        <span class="panel-name">{name}</span>
      </h2>
      <button
        type="button"
        class="quiet icon"
        aria-label="Close (Esc)"
        title="Close (Esc)"
        onClick={() => setParams({ span: undefined }, { replace: true })}
      >
        ✕
      </button>
      {children}
    </header>
  );
}
