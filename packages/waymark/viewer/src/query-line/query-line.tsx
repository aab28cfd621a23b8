/** The query line: a text field that completes keys and values, and shows syntax errors below the text. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../keys/key-bindings.ts';
import { type Candidate, useCandidates } from './candidates.ts';
import { findProblem } from './query-problem.ts';

export interface QueryLineProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

const example = 'service:orders status:error dur>200ms "timeout"';

export function QueryLine({ query, onQuery }: QueryLineProps) {
  const field = useRef<HTMLInputElement>(null);
  const listId = useId();
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState<number>();
  const [active, setActive] = useState(-1);
  const [isRefused, setRefused] = useState(false);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const candidates = useCandidates(text, caret);
  const problem = findProblem(text);
  const isListOpen = caret !== undefined && candidates.length > 0;

  // The address has the query: Back, and clicks on facets, change the text. Not after painting: the user may have typed on by then.
  useLayoutEffect(() => {
    setText(query);
    setRefused(false);
  }, [query]);
  // A new list has no active item.
  useEffect(() => setActive(-1), [text, caret]);

  useKeys('Query', [
    {
      keys: '/',
      does: 'edit the query',
      run: () => {
        field.current?.focus();
        field.current?.select();
      },
    },
  ]);

  const close = () => setCaret(undefined);
  const submit = () => {
    close();
    setRefused(problem !== undefined);
    if (problem === undefined) onQuery(text.trim());
  };
  const accept = (candidate: Candidate) => {
    const rest = text.slice(candidate.end);
    // After a key, the list shows its values. After a value, the term is complete.
    const insert = candidate.isWhole && rest === '' ? `${candidate.insert} ` : candidate.insert;
    const next = text.slice(0, candidate.start) + insert + rest;
    const at = candidate.start + insert.length;
    if (field.current !== null) {
      // Immediately, not with the next rendering: the next keystroke may be earlier.
      field.current.value = next;
      field.current.focus();
      field.current.setSelectionRange(at, at);
    }
    setText(next);
    setRefused(false);
    setCaret(candidate.isWhole ? undefined : at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (!isListOpen) setCaret(field.current?.selectionStart ?? text.length);
      else setActive(((active + step + 1 + candidates.length + 1) % (candidates.length + 1)) - 1);
    } else if (event.key === 'Enter' || (event.key === 'Tab' && isListOpen && active >= 0)) {
      event.preventDefault();
      const chosen = isListOpen ? candidates[active] : undefined;
      if (chosen === undefined) submit();
      else accept(chosen);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      if (isListOpen) close();
      else field.current?.blur();
    }
  };
  const shownProblem = problem !== undefined && (isRefused || text === query) ? problem : undefined;
  return (
    <search class="query-line">
      <div class={`query-field ${shownProblem === undefined ? '' : 'has-error'}`}>
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Query"
          aria-expanded={isListOpen}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={isListOpen && active >= 0 ? `${listId}-${active}` : undefined}
          aria-invalid={shownProblem !== undefined}
          aria-describedby={shownProblem === undefined ? undefined : `${listId}-problem`}
          placeholder={example}
          autocomplete="off"
          autocapitalize="off"
          autocorrect="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setCaret(event.currentTarget.selectionStart ?? event.currentTarget.value.length);
            setRefused(false);
          }}
          onFocus={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onClick={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onBlur={() => {
            close();
            setRefused(problem !== undefined);
          }}
          onKeyDown={onKeyDown}
        />
        {text.trim() !== query.trim() && (
          <button type="button" class="quiet query-go" onClick={submit} title="Search (Enter)">
            Search
          </button>
        )}
        {text !== '' && (
          <button
            type="button"
            class="quiet icon"
            aria-label="Clear the query"
            title="Clear the query"
            onClick={() => {
              setText('');
              close();
              onQuery('');
              field.current?.focus();
            }}
          >
            ×
          </button>
        )}
        <button
          type="button"
          class="quiet query-help-button"
          aria-expanded={isHelpOpen}
          onClick={() => setHelpOpen(!isHelpOpen)}
        >
          Syntax
        </button>
      </div>
      <div id={listId} class="query-candidates" role="listbox" aria-label="Completions" hidden={!isListOpen}>
        {isListOpen &&
          candidates.map((candidate, index) => (
            <div
              key={candidate.insert}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === active}
              class={index === active ? 'active' : ''}
              // On pointerdown, before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                accept(candidate);
              }}
            >
              <span class="clip">{candidate.label}</span>
              <span class="dim clip">{candidate.hint}</span>
            </div>
          ))}
      </div>
      {shownProblem !== undefined && (
        <p class="query-problem" role="alert" id={`${listId}-problem`}>
          <code aria-hidden="true">
            {text.slice(0, shownProblem.start)}
            <mark>{text.slice(shownProblem.start, shownProblem.end) || '␣'}</mark>
            {text.slice(shownProblem.end)}
          </code>
          <span class="error-text">{shownProblem.message}</span>
        </p>
      )}
      {isHelpOpen && <QueryHelp />}
    </search>
  );
}

const forms = [
  ['service:orders', 'a span of this service; name:, status:, kind: and all attributes work the same way'],
  ['http.route:"/users/:id"', 'quote values with spaces, colons or brackets'],
  ['user.id:*', 'the attribute exists, with any value'],
  ['name:GET*', 'a star matches any string'],
  ['dur>200ms', 'duration of a span: <, <=, >, >=; µs, ms, s, m'],
  ['-status:error', 'not; NOT works too'],
  ['a:1 OR (b:2 c:3)', 'either; two terms without OR mean both'],
  ['"timeout"', 'a string anywhere in a span'],
  ['{service:a} {status:error}', 'two spans of one trace; without braces, all terms must match the same span'],
] as const;

function QueryHelp() {
  return (
    <dl class="query-help">
      {forms.map(([form, meaning]) => (
        <div key={form}>
          <dt>
            <code>{form}</code>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
