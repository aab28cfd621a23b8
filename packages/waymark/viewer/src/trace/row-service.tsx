/**
 * The service name, where it differs from the parent's. Long names shrink to a minimum width. Short names do not
 * shrink.
 */
export function RowService({ name }: { readonly name: string }) {
  return <b class={name.length < 5 ? 'row-service short' : 'row-service'}>{name}</b>;
}
