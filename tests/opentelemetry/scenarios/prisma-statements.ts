// @prisma/instrumentation without its spans of statements, in a process where Waymark traces pg.
import type { Scenario } from '../scenario.ts';
import { scenario as prisma } from './prisma.ts';

export const scenario: Scenario = {
  ...prisma,
  libraries: true,
  instrumentations: (load) => [
    new (load('@prisma/instrumentation').PrismaInstrumentation)({ ignoreSpanTypes: ['prisma:client:db_query'] }),
  ],
};
