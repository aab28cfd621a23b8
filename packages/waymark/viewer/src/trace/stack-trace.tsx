/** A stack trace of which one's own frames stand out. */

// Of V8, Python and Java alike: what lies in a library or in the runtime.
const foreignFrame = /node_modules|node:internal|\(node:|<anonymous>|site-packages|\bjava\.base\b/;

export function StackTrace({ text }: { readonly text: string }) {
  return (
    <pre class="stack" tabIndex={0}>
      {text.split('\n').map((line, index) => (
        <span key={index} class={/^\s+at /.test(line) && foreignFrame.test(line) ? 'dim' : undefined}>
          {line}
        </span>
      ))}
    </pre>
  );
}
