// Every library in the contract.
import type { Subject } from './subject.ts';
import { ioredisSubject, iovalkeySubject } from './subjects/ioredis.ts';
import { pgSubject } from './subjects/pg.ts';

export const subjects: readonly Subject[] = [pgSubject, ioredisSubject, iovalkeySubject];
