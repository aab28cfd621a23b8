/** The tables of the file. A change to them raises the version, and adds a step to layout-steps.ts for existing files. */

import { reachIndex } from './reaching-traces.ts';

export const layoutVersion = 3;

export const tableNames = [
  'series',
  'traces',
  'chunks',
  'terms',
  'durations',
  'failures',
  'operation_slots',
  'map_slots',
  'services',
] as const;

/** Each statement may run again: a killed process may have created only some of the tables. */
export const layout: string = `
CREATE TABLE IF NOT EXISTS series (
  id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL UNIQUE, slots INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS traces (
  tid INTEGER PRIMARY KEY,
  trace_id BLOB NOT NULL UNIQUE,
  owner INTEGER NOT NULL,
  service TEXT NOT NULL,
  name TEXT NOT NULL,
  has_root INTEGER NOT NULL,
  start REAL NOT NULL,
  duration REAL NOT NULL,
  longest_span REAL NOT NULL,
  spans INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  services TEXT NOT NULL,
  added REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_by_start ON traces (start DESC, trace_id, longest_span);
${reachIndex};
CREATE INDEX IF NOT EXISTS traces_by_age ON traces (owner, failed, added);
CREATE TABLE IF NOT EXISTS chunks (cid INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS terms (hash INTEGER NOT NULL, tid INTEGER NOT NULL, PRIMARY KEY (hash, tid)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS durations (
  operation INTEGER NOT NULL,
  start REAL NOT NULL,
  tid INTEGER NOT NULL,
  number INTEGER NOT NULL,
  duration REAL NOT NULL,
  PRIMARY KEY (operation, start, tid, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS failures (
  tid INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  time REAL NOT NULL,
  service TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  message TEXT NOT NULL,
  frame TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS failures_by_time ON failures (time);
CREATE INDEX IF NOT EXISTS failures_by_trace ON failures (tid);
CREATE TABLE IF NOT EXISTS operation_slots (
  level INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (level, number, part)
);
CREATE TABLE IF NOT EXISTS map_slots (
  level INTEGER NOT NULL, number INTEGER NOT NULL, part INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (level, number, part)
);
CREATE TABLE IF NOT EXISTS services (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  plain INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  spans INTEGER NOT NULL
)`;
