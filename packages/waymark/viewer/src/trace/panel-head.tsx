/** The head of the side panel: service and name of the span, and a button that closes the panel. */
import { setParams } from '../router/location.ts';
import { ServiceName } from '../shell/service-name.tsx';

export interface PanelHeadProps {
  readonly service: string;
  readonly name: string;
  /** The address parameter that opens the panel. */
  readonly closes?: string;
}

export function PanelHead({ service, name, closes = 'span' }: PanelHeadProps) {
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
        onClick={() => setParams({ [closes]: undefined }, { replace: true })}
      >
        ✕
      </button>
    </header>
  );
}
