/** How much one answer holds, in memory and in SQLite alike. */

/** Traces on a page of a list, and the most that a caller may ask for. */
export const defaultTracesPerPage = 50;
export const maxTracesPerPage = 1000;

/** Points of a scatter, where the caller names no number. */
export const defaultPoints = 2000;

/** The newest spans of an operation that stand for all of its spans. */
export const maxHistory = 1000;
