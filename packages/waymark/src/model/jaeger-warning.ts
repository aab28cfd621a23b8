/** Jaeger has a duration for every span: its warnings, which its page shows, say that there is none. Import reads it again. */
export const unfinishedWarning: string = 'This span is unfinished: it has no end time.';
