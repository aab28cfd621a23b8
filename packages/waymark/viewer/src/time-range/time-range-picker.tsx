/** Chooses the time range: a preset, or a start and an end. */
import { useState } from 'preact/hooks';
import { formatTime } from '../format/time.ts';
import { boundsOf, rangePresets, type TimeRange } from './read-range.ts';
import { currentRange, showBetween, showLast, widen } from './time-range.ts';

export function TimeRangePicker() {
  const range = currentRange();
  const [isCustom, setCustom] = useState(false);
  const choose = (id: string) => {
    if (id === 'custom') setCustom(true);
    else if (id !== 'between') {
      setCustom(false);
      showLast(id);
    }
  };
  return (
    <div class="time-range">
      <select
        aria-label="Time range"
        value={range.kind === 'last' ? range.id : 'between'}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {range.kind === 'between' && <option value="between">{describe(range)}</option>}
        {rangePresets.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        <option value="custom">Custom range …</option>
      </select>
      {range.kind === 'between' && (
        <button type="button" class="quiet" onClick={() => widen(range)} title="Longer time range (-)">
          Wider
        </button>
      )}
      {isCustom && <CustomRange range={range} onDone={() => setCustom(false)} />}
    </div>
  );
}

function CustomRange({ range, onDone }: { readonly range: TimeRange; readonly onDone: () => void }) {
  const nowMs = Date.now();
  const bounds = boundsOf(range, nowMs);
  const [from, setFrom] = useState(toField(bounds.startMs ?? nowMs - 3_600_000));
  const [to, setTo] = useState(toField(bounds.endMs ?? nowMs));
  const startMs = new Date(from).getTime();
  const endMs = new Date(to).getTime();
  const isValid = startMs < endMs;
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isValid) return;
    showBetween(startMs, endMs);
    onDone();
  };
  return (
    <form class="custom-range" onSubmit={submit} aria-label="From and to">
      <label>
        From
        <input type="datetime-local" step="1" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To
        <input type="datetime-local" step="1" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      {!isValid && <p class="error-text">The end must be after the start.</p>}
      <div class="buttons">
        <button type="button" class="quiet" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="primary" disabled={!isValid}>
          Show
        </button>
      </div>
    </form>
  );
}

function describe({ startMs, endMs }: Extract<TimeRange, { kind: 'between' }>): string {
  const options = { withMs: endMs - startMs < 10_000 };
  return `${formatTime(startMs, options)} – ${formatTime(endMs, options)}`;
}

// An input of type datetime-local takes local time without a time zone.
function toField(unixMs: number): string {
  const offsetMs = new Date(unixMs).getTimezoneOffset() * 60_000;
  return new Date(unixMs - offsetMs).toISOString().slice(0, 19);
}
