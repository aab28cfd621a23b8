/**
 * How many elements, links, entries or keys of one given value are read. The rest is counted as lost, so that an endless
 * iterator, or an array of 10^9 holes, does not stop the process.
 *
 * An attribute of 65,536 numbers is about 0.7 MB in OTLP, and the Collector takes requests of at most 4 MiB by gRPC: no span that
 * arrives has much more.
 */
export const longestWalk = 65_536;
