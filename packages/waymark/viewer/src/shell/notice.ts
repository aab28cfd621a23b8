/** Short messages that disappear by themselves, and copying to the clipboard. */
import { signal } from '@preact/signals';

export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'error';
}

export const notice = signal<Notice | undefined>(undefined);

const shownMs = 4000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function showNotice(text: string, tone: Notice['tone'] = 'plain'): void {
  notice.value = { text, tone };
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      notice.value = undefined;
    },
    tone === 'error' ? shownMs * 3 : shownMs,
  );
}

export async function copyText(text: string, description: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showNotice(`Copied ${description}`);
  } catch {
    showNotice(`The browser refused access to the clipboard. Copy this: ${text}`, 'error');
  }
}
