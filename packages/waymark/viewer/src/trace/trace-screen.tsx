export function TraceScreen({ traceId }: { readonly traceId: string }) {
  return <h1>{traceId}</h1>;
}
