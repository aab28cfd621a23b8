/** The service where it changes from row to row. Long names are cut, though not to nothing; short ones are not. */
export function RowService({ name }: { readonly name: string }) {
  return <b class={name.length < 5 ? 'row-service short' : 'row-service'}>{name}</b>;
}
