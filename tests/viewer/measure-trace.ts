// Measures how long the trace screen takes for common actions on a large trace, and the longest task that blocks the page.
import type { Page } from 'playwright-core';

export interface Measured {
  /** The time from a click on a link to the first rows, or to the answer of a search, or to the frame after a fold or a scroll step. */
  readonly ms: number;
  /** The longest task of all actions. 0 if none took 50 ms: browsers report no shorter ones. */
  readonly longestTaskMs: number;
}

export interface TraceFigures {
  readonly spanCount: number;
  readonly open: Measured;
  /** The median of folding and unfolding the root. */
  readonly fold: Measured;
  /** The median frame of a hundred scroll steps of one screen, with all rows unfolded. */
  readonly scroll: Measured;
  readonly worstScrollFrameMs: number;
  readonly search: Measured;
}

/** @param page A new page, which has not loaded an address. */
export async function measureTrace(page: Page, url: string, query: string): Promise<TraceFigures> {
  await page.addInitScript(watch);
  await page.goto(url, { waitUntil: 'commit' });
  const openMs = await page.evaluate(() => globalThis.watched.firstRows);
  const open = { ms: openMs, longestTaskMs: await takeLongestTask(page) };
  const spanCount = Number(
    ((await page.locator('.trace-facts').textContent()) ?? '').match(/([\d,]+) span/)?.[1]?.replaceAll(',', ''),
  );

  const foldTimes: number[] = [];
  for (let round = 0; round < 10; round++) foldTimes.push(await page.evaluate(clickFirstCaret));
  const fold = { ms: median(foldTimes), longestTaskMs: await takeLongestTask(page) };

  const folded = page.locator('.waterfall-row[aria-expanded=false]').first();
  while ((await folded.count()) > 0) await page.keyboard.press(']');
  const frames = await page.evaluate(scrollByScreens, 100);
  const scroll = { ms: median(frames), longestTaskMs: await takeLongestTask(page) };

  await page.locator('#trace-search').focus();
  const searchMs = await page.evaluate(search, query);
  const searched = { ms: searchMs, longestTaskMs: await takeLongestTask(page) };
  return { spanCount, open, fold, scroll, worstScrollFrameMs: Math.max(...frames), search: searched };
}

declare global {
  // What the script in the page reports. `var` declares a global.
  var watched: { firstRows: Promise<number>; takeLongestTask: () => Promise<number> };
}

/** Runs in the page, before the scripts of the page. */
function watch(): void {
  let longestMs = 0;
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  const note = (entries: PerformanceEntry[]) => {
    for (const { duration } of entries) longestMs = Math.max(longestMs, duration);
  };
  observer.observe({ type: 'longtask', buffered: true });
  const firstRows = new Promise<number>((resolve) => {
    const look = () => {
      // In the next frame they have been painted.
      if (document.querySelector('.waterfall-row') !== null) requestAnimationFrame(() => resolve(performance.now()));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const takeLongestTask = async () => {
    // The browser reports tasks after their end, and before idle time.
    await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
    note(observer.takeRecords());
    const taken = longestMs;
    longestMs = 0;
    return taken;
  };
  globalThis.watched = { firstRows, takeLongestTask };
}

function takeLongestTask(page: Page): Promise<number> {
  return page.evaluate(() => globalThis.watched.takeLongestTask());
}

async function clickFirstCaret(): Promise<number> {
  const caret = document.querySelector<HTMLElement>('.waterfall-row button.caret');
  const rows = () => document.querySelector('.virtual-rows')?.getAttribute('style');
  const before = rows();
  const fromMs = performance.now();
  caret?.click();
  while (rows() === before) await new Promise(requestAnimationFrame);
  return performance.now() - fromMs;
}

async function scrollByScreens(steps: number): Promise<number[]> {
  const list = document.querySelector('.waterfall');
  const frames: number[] = [];
  let lastMs = await new Promise<number>(requestAnimationFrame);
  for (let step = 0; step < steps; step++) {
    list?.scrollBy(0, list.clientHeight);
    const atMs = await new Promise<number>(requestAnimationFrame);
    frames.push(atMs - lastMs);
    lastMs = atMs;
  }
  return frames;
}

async function search(query: string): Promise<number> {
  const field = document.querySelector<HTMLInputElement>('#trace-search');
  const count = document.querySelector('.search-count');
  if (field === null || count === null) throw new Error('the page has a search field');
  const fromMs = performance.now();
  field.value = query;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  while (!/^[\d,]+$/.test(count.textContent ?? '')) await new Promise(requestAnimationFrame);
  return performance.now() - fromMs;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
