export function CompareScreen({ a, b }: { readonly a: string; readonly b: string }) {
  return (
    <h1>
      {a} {b}
    </h1>
  );
}
