/** The name of a service, after its colour. */
import { serviceColour } from '../colours/service-colour.ts';

export function ServiceName({ name }: { readonly name: string }) {
  return (
    <span class="service-name" title={name}>
      <i class="service-dot" style={{ background: serviceColour(name) }} aria-hidden="true" />
      <span class="service-text">{name}</span>
    </span>
  );
}
