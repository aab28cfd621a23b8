/** The line of the application that made a call. */
import type { Attributes } from '../../../src/model/span.ts';
import { copyText } from '../shell/notice.ts';
import { codeLineOf } from './code-line.ts';

export function CalledAt({ attributes }: { readonly attributes: Attributes }) {
  const line = codeLineOf(attributes);
  if (line === undefined) return null;
  return (
    <p class="called-at">
      <span class="dim">Called at</span>{' '}
      <button type="button" class="quiet" title={`Copy ${line.place}`} onClick={() => copyText(line.place, 'the line')}>
        <code>{line.short}</code>
      </button>
      {line.functionName !== undefined && (
        <>
          {' '}
          <span class="dim">in</span> <code>{line.functionName}</code>
        </>
      )}
    </p>
  );
}
