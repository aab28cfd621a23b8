/** Points in time as strings, in the time zone of the browser. */

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const clockMinutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** `14:02:11.482` today, `24 Nov 14:02:11` on other days. */
export function formatTime(unixMs: number, { nowMs = Date.now(), withMs = true } = {}): string {
  if (!isSameDay(unixMs, nowMs)) return `${day.format(unixMs)} ${clock.format(unixMs)}`;
  return withMs
    ? `${clock.format(unixMs)}.${String(Math.floor(unixMs) % 1000).padStart(3, '0')}`
    : clock.format(unixMs);
}

/** `14:02` today, `24 Nov 14:02` on other days. */
export function formatMinute(unixMs: number, nowMs: number = Date.now()): string {
  const minute = clockMinutes.format(unixMs);
  return isSameDay(unixMs, nowMs) ? minute : `${day.format(unixMs)} ${minute}`;
}

/** With date and zone, for titles. */
export function formatFullTime(unixMs: number): string {
  return full.format(unixMs);
}

/** `now`, `12 s ago`, `4 min ago`, `3 h ago`, `5 d ago`. */
export function formatAgo(unixMs: number, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - unixMs) / 1000));
  if (seconds < 2) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `${hours} h ago` : `${Math.round(hours / 24)} d ago`;
}

function isSameDay(aMs: number, bMs: number): boolean {
  return new Date(aMs).toDateString() === new Date(bMs).toDateString();
}
