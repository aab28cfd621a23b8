/** The button that pauses live updates. It shows how many new traces wait. */
import { liveState } from '../api/live-events.ts';
import { formatShortCount } from '../format/count.ts';

export interface LiveButtonProps {
  readonly isPaused: boolean;
  readonly heldCount: number;
  readonly onToggle: () => void;
}

export function LiveButton({ isPaused, heldCount, onToggle }: LiveButtonProps) {
  const isLost = liveState.value === 'lost';
  const text = isPaused
    ? heldCount > 0
      ? `Paused, ${formatShortCount(heldCount)} new`
      : 'Paused'
    : isLost
      ? 'No answer'
      : 'Live';
  return (
    <button
      type="button"
      class={`live-button ${isPaused ? 'paused' : isLost ? 'lost' : 'live'}`}
      aria-pressed={!isPaused}
      aria-label={`Live updates: ${text}`}
      title={isPaused ? 'Resume (p)' : isLost ? 'The collector does not answer. Reconnecting …' : 'Pause (p)'}
      onClick={onToggle}
    >
      <i aria-hidden="true" />
      {text}
    </button>
  );
}
