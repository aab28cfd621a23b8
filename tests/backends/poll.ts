import { setTimeout as wait } from 'node:timers/promises';

// A busy machine has shown long before what it took.
const longestWaitMs = 90_000;

/** Asks until there is an answer that will do. A backend does not say when it has stored what it took. */
export async function poll<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined>,
  isEnough: (answer: Answer) => boolean,
): Promise<Answer> {
  const deadlineMs = Date.now() + longestWaitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && isEnough(answer)) return answer;
    if (Date.now() > deadlineMs) throw new Error(`${what}: ${JSON.stringify(answer)?.slice(0, 2000)}`);
    await wait(50);
  }
}

/** The body of an answer, or `undefined` of one that is no success. */
export async function getText(url: string): Promise<string | undefined> {
  const response = await fetch(url);
  const text = await response.text();
  return response.ok ? text : undefined;
}

export async function getJson(url: string): Promise<unknown> {
  const text = await getText(url);
  return text === undefined ? undefined : JSON.parse(text);
}
