/** Attributes in two columns. Each value can be copied, and searched for in other traces. */
import { toPlainText } from '../../../src/model/plain-value.ts';
import type { Attributes } from '../../../src/model/span.ts';
import { link } from '../router/location.ts';
import { copyText } from '../shell/notice.ts';
import { isNested, NestedValue } from './nested-value.tsx';
import { searchTerm } from './search-term.ts';
import { typeOfValue } from './type-of-value.ts';

export interface AttributeTableProps {
  readonly attributes: Attributes;
  readonly droppedCount?: number | undefined;
  /** Whether there are other traces to search. */
  readonly canSearch: boolean;
}

export function AttributeTable({ attributes, droppedCount = 0, canSearch }: AttributeTableProps) {
  const keys = Object.keys(attributes).sort();
  return (
    <>
      <dl class="attributes">
        {keys.map((key) => {
          const value = attributes[key] ?? null;
          const text = toPlainText(value);
          const type = typeOfValue(value);
          return (
            <div key={key}>
              <dt title={type === '' ? key : `${key}: ${type}`}>{key}</dt>
              <dd>
                {isNested(value) ? (
                  <NestedValue value={value} name={key} canSearch={canSearch} />
                ) : (
                  <span class="attribute-value">{text}</span>
                )}
                <span class="attribute-actions">
                  {canSearch && text.length < 200 && typeof value !== 'object' && (
                    <a
                      href={link('/traces', { q: searchTerm(key, text) })}
                      title="Search traces with this value"
                      aria-label={`Traces with this ${key}`}
                    >
                      ⌕
                    </a>
                  )}
                  <button
                    type="button"
                    class="quiet"
                    title="Copy the value"
                    aria-label={`Copy the value of ${key}`}
                    onClick={() => copyText(text, key)}
                  >
                    ⧉
                  </button>
                </span>
              </dd>
            </div>
          );
        })}
      </dl>
      {droppedCount > 0 && <p class="dropped">The sender dropped {droppedCount} more, by its limits.</p>}
    </>
  );
}
