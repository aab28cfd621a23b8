/** Files dropped anywhere on the page are imported. */
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
    // Only a leave without a next element leaves the page; all others are between its parts.
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
      <p>Drop to import: OTLP, Jaeger, Zipkin, Tempo, or Waymark's own JSON</p>
    </div>
  );
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true;
}
