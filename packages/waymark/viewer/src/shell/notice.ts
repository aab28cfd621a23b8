/** Copies text, and says so in a line that goes away by itself. */
import { signal } from '@preact/signals';

export interface Notice {
  readonly text: string;
  readonly tone: 'plain' | 'error';
}

export const notice = signal<Notice | undefined>(undefined);

const shownMs = 4000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string, tone: Notice['tone'] = 'plain'): void {
  notice.value = { text, tone };
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      notice.value = undefined;
    },
    tone === 'error' ? shownMs * 3 : shownMs,
  );
}

export async function copyText(text: string, whatWasCopied: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    tell(`Copied ${whatWasCopied}`);
  } catch {
    tell(`The browser did not let the page copy. Here it is: ${text}`, 'error');
  }
}
