/** Limits of one answer, the same in memory and in SQLite. */

/** Traces on a page of a list: the default, and the most that a caller may request. */
export const defaultTracesPerPage = 50;
export const maxTracesPerPage = 1000;

/** Points of a scatter, if the caller gives no limit. */
export const defaultPoints = 2000;

/** The newest spans of an operation, which stand for all of its spans. */
export const maxHistory = 1000;
