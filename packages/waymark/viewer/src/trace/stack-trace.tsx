/** A stack trace that highlights the frames of the application. */

// Frames in a library or in the runtime, of V8, Python and Java.
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
