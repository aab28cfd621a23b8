/** Sets the title of the page, which the tab and the history show. */
import { useEffect } from 'preact/hooks';

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Waymark`;
  }, [title]);
}
