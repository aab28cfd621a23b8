// Every library in the contract.
import type { Subject } from './subject.ts';
import { ioredisSubject, iovalkeySubject } from './subjects/ioredis.ts';
import { mongodbSubject } from './subjects/mongodb.ts';
import { mongooseSubject } from './subjects/mongoose.ts';
import { pgSubject } from './subjects/pg.ts';
import { postgresSubject } from './subjects/postgres.ts';

export const subjects: readonly Subject[] = [
  pgSubject,
  postgresSubject,
  ioredisSubject,
  iovalkeySubject,
  mongodbSubject,
  mongooseSubject,
];
