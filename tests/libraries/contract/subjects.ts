// Every library in the contract.
import type { Subject } from './subject.ts';
import { ioredisSubject, iovalkeySubject } from './subjects/ioredis.ts';

export const subjects: readonly Subject[] = [ioredisSubject, iovalkeySubject];
