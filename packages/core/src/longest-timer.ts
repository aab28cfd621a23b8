/** The longest wait of a timer, in milliseconds. What setTimeout() takes for longer, `Infinity` included, is 1. */
export const longestTimerMs: number = 2 ** 31 - 1;
