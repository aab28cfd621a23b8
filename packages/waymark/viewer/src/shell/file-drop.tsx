/** Imports files that are dropped anywhere on the page. */
import { useEffect, useState } from 'preact/hooks';
import { importFiles } from './import-files.ts';

export function FileDrop() {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    const options = { signal: abort.signal };
    addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      options,
    );
    // Without a related target the pointer has left the page. Otherwise it has moved between elements.
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), options);
    addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        importFiles([...(event.dataTransfer?.files ?? [])]);
      },
      options,
    );
    return () => abort.abort();
  }, []);
  return (
    <div class="file-drop" hidden={!isOver}>
      <p>Drop to import: JSON of OTLP, Jaeger, Zipkin, Tempo or Waymark</p>
    </div>
  );
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true;
}
