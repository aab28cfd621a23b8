// The rows of the table: what happens to a service and its collector.
import { hopelessFaults, passingFaults } from '../faults.ts';
import type { Fault } from '../faulty-collector.ts';
import { type Stage, seconds } from './stage.ts';

export interface Row {
  readonly title: string;
  readonly isSecure?: true;
  /** Whether the service shuts its tracer down on SIGTERM. Otherwise it leaves that to the tracer. */
  readonly handlesSigterm?: false;
  play(stage: Stage): Promise<void>;
}

// Beyond the ten seconds for which others try.
const outageSeconds = 20;

const recoverySeconds = 5;

/** The fault comes and goes six times for a second and a half, then once for `outage` seconds. Then the service is shut down. */
function faultRow(
  title: string,
  fault: Fault,
  { outage = 0, isSecure }: { outage?: number; isSecure?: true } = {},
): Row {
  return {
    title: outage > 0 ? `${title}, up to ${outage} s` : title,
    ...(isSecure && { isSecure }),
    async play({ collector, startService, tell, compareCost, endService }) {
      await startService();
      tell('load');
      await compareCost(
        () => collector.become(fault),
        () => collector.become(undefined),
      );
      if (outage > 0) {
        await collector.become(fault);
        await seconds(outage);
        await collector.become(undefined);
      }
      await seconds(recoverySeconds);
      await endService('SIGTERM');
    },
  };
}

function faultOf(title: string): Fault {
  const found = [...passingFaults, ...hopelessFaults].find((one) => one.title === title);
  if (found === undefined) throw new Error(`There is no fault ${title}.`);
  return found.fault;
}

const known = (title: string, options?: { outage?: number; isSecure?: true }): Row =>
  faultRow(title, faultOf(title), options);

const passingRows: readonly Row[] = [
  known('does not listen', { outage: outageSeconds }),
  known('takes requests and never answers', { outage: outageSeconds }),
  known('answers 503', { outage: outageSeconds }),
  known('answers 429 with Retry-After in seconds'),
  known('answers byte by byte'),
  known('resets the connection within the body'),
  known('ends the connection after the headers'),
  known('closes a kept connection as it is used again'),
  {
    title: 'is restarted twice a second',
    async play({ collector, startService, tell, compareCost, endService }) {
      let isRestarting = false;
      let restarts = Promise.resolve();
      await startService();
      tell('load');
      await compareCost(
        async () => {
          isRestarting = true;
          restarts = (async () => {
            while (isRestarting) {
              await collector.become({ isClosed: true });
              await seconds(0.1);
              await collector.become(undefined);
              await seconds(0.4);
            }
          })();
        },
        async () => {
          isRestarting = false;
          await restarts;
        },
      );
      await seconds(recoverySeconds);
      await endService('SIGTERM');
    },
  },
  known('has an expired certificate', { isSecure: true }),
  {
    title: `cannot be found by its name, up to ${outageSeconds} s`,
    async play({ collector, startService, tell, compareCost, endService }) {
      const breakNames = async (isBroken: boolean): Promise<void> => {
        tell('breakNames', { isBroken });
        await collector.become(undefined); // cuts the connections: new ones need the name
      };
      await startService();
      tell('load');
      await compareCost(
        () => breakNames(true),
        () => breakNames(false),
      );
      await breakNames(true);
      await seconds(outageSeconds);
      await breakNames(false);
      await seconds(recoverySeconds);
      await endService('SIGTERM');
    },
  },
];

const finalRows: readonly Row[] = [
  known('is another kind of server'),
  known('sends an endless response'),
  known('sends endless interim responses'),
  known('answers 500'),
  known('answers 400'),
];

const processRows: readonly Row[] = [
  {
    title: 'makes 100,000 spans in one loop, then SIGTERM',
    async play({ startService, makeSpans, endService }) {
      await startService();
      await makeSpans(100_000);
      await endService('SIGTERM');
    },
  },
  {
    title: 'makes 1,000 spans and ends by itself',
    async play({ startService, makeSpans, tell, endService }) {
      await startService();
      await makeSpans(1000);
      tell('end');
      await endService();
    },
  },
  {
    title: 'gets a SIGTERM without a listener; started again',
    handlesSigterm: false,
    async play({ startService, tell, endService, restartToDrain }) {
      await startService();
      tell('load');
      await seconds(3);
      await endService('SIGTERM');
      await restartToDrain();
    },
  },
  ...(['exit', 'throw'] as const).map(
    (task): Row => ({
      title: task === 'exit' ? 'calls process.exit(); started again' : 'throws an uncaught exception; started again',
      async play({ startService, tell, endService, restartToDrain }) {
        await startService();
        tell('load');
        await seconds(3);
        tell(task);
        await endService();
        await restartToDrain();
      },
    }),
  ),
  {
    title: 'is killed by SIGKILL; started again',
    async play({ startService, tell, endService, restartToDrain }) {
      await startService();
      tell('load');
      await seconds(3);
      await endService('SIGKILL');
      await restartToDrain();
    },
  },
  ...(['SIGTERM', 'SIGKILL'] as const).map(
    (signal): Row => ({
      title: `gets a ${signal} while no collector listens; both started again`,
      async play({ collector, startService, tell, endService, restartToDrain }) {
        await startService();
        tell('load');
        await seconds(2);
        await collector.become({ isClosed: true });
        await seconds(5);
        await endService(signal);
        await collector.become(undefined);
        await restartToDrain();
      },
    }),
  ),
];

export interface Chapter {
  readonly title: string;
  readonly rows: readonly Row[];
}

export const chapters: readonly Chapter[] = [
  { title: 'For a while, the collector …', rows: passingRows },
  { title: 'Final: the collector …', rows: finalRows },
  { title: 'The service …', rows: processRows },
];
