/** The title of the page, in the tab and the history. */
import { useEffect } from 'preact/hooks';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Waymark`;
  }, [title]);
}
