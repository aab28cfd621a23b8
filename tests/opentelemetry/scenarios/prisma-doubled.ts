// @prisma/instrumentation in a process where Waymark traces Prisma and pg.
import type { Scenario } from '../scenario.ts';
import { scenario as prisma } from './prisma.ts';

export const scenario: Scenario = { ...prisma, libraries: true };
