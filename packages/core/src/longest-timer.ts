/** The longest wait of a timer, in milliseconds. setTimeout() takes 1 for a longer one, `Infinity` included. */
export const longestTimerMs: number = 2 ** 31 - 1;
