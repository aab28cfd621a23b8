/** Finds the page of a list that a call requests, if its URL or its query names one. */

export interface Page {
  /** The call without its page: equal for all pages of one list. */
  readonly list: string;
  /** Empty for a first page that needs no parameter. */
  readonly page: string;
}

// Names that APIs use, in lower case and only with their letters: `page[number]`, `page_token`, `$skip`.
const pageKeys = new Set(
  (
    'page p pg pagenumber pageno pageindex pageoffset offset skip start startat startindex cursor pagecursor after pageafter before ' +
    'pagebefore next pagetoken nexttoken nextpagetoken skiptoken continuation continuationtoken marker nextmarker startkey ' +
    'startafter exclusivestartkey startingafter endingbefore since sinceid maxid scrollid partnumber'
  ).split(' '),
);
/**
 * With one of these names, a number is a position; a word is not: `?from=USD`. Parts of a file are sent in the way that
 * pages are requested.
 */
const numericPageKeys = new Set(['from', 'start', 'p', 'next', 'after', 'before']);

const maxLength = 2000;

/** @example readPageOfUrl('https://a/items?page=2&limit=9') // { list: 'https://a/items?limit=9', page: '2' } */
export function readPageOfUrl(url: string): Page {
  const [withoutHash = ''] = url.slice(0, maxLength).split('#', 1);
  const at = withoutHash.indexOf('?');
  const path = at === -1 ? withoutHash : withoutHash.slice(0, at);
  const parameters = at === -1 ? [] : withoutHash.slice(at + 1).split('&');
  const pages: string[] = [];
  const others = parameters.filter((parameter) => {
    const [key = '', value = ''] = parameter.split('=', 2);
    if (
      !isPageKey(
        key
          .replace(/%5[bd]/gi, '')
          .replace(/[^a-z]/gi, '')
          .toLowerCase(),
        value,
      )
    )
      return true;
    pages.push(value);
    return false;
  });
  const list = path.replace(/\/pages?\/(\d+)(?=\/|$)/i, (_, number: string) => {
    pages.push(number);
    return '/page';
  });
  return { list: others.length === 0 ? list : `${list}?${others.join('&')}`, page: pages.join(' ') };
}

/** The number of ids in the longest list in a URL's parameters, as in `ids=1,2,3` or `id=1&id=2`. Words are not ids. */
export function countListed(url: string): number {
  const [, query = ''] = url.slice(0, maxLength).split(/[?#]/, 2);
  const counts = new Map<string, number>();
  let most = 0;
  for (const parameter of query.split('&')) {
    const [key = '', value = ''] = parameter.split('=', 2);
    const count = (counts.get(key) ?? 0) + value.split(/,|%2c/i).filter((item) => /\d/.test(item)).length;
    counts.set(key, count);
    most = Math.max(most, count);
  }
  return most;
}

function isPageKey(key: string, value: string): boolean {
  if (numericPageKeys.has(key)) return /^\d+$/.test(value) || (pageKeys.has(key) && value.length >= 8);
  return pageKeys.has(key);
}

/**
 * Reads the page of a query in which it is a literal: `LIMIT 100 OFFSET 300`, `LIMIT 300, 100`, `id > 300 … ORDER BY id
 * LIMIT 100`.
 */
export function readPageOfQuery(query: string, pattern: string): Page {
  const text = query.slice(0, maxLength).replace(/\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/g, '');
  if (/^\s*\{/.test(query)) return readPageOfJson(query);
  const pages: string[] = [];
  function take(_: string, before: string, page: string): string {
    pages.push(page);
    return before;
  }
  let list = text.replace(/(\boffset\s+)(\d+)/gi, take).replace(/(\blimit\s+)(\d+)(?=\s*,\s*\d)/gi, take);
  if (pages.length === 0 && continuesByKey(pattern)) list = text.replace(/([<>]=?\s*)('(?:[^']|'')*'|[\d.]+)/g, take);
  return { list, page: pages.join(' ') };
}

/** Elasticsearch's `from`, `search_after`, and similar fields. */
function readPageOfJson(query: string): Page {
  const pages: string[] = [];
  const list = query
    .slice(0, maxLength)
    .replace(
      /("(?:from|skip|search_after|scroll_id)"\s*:\s*)(\d+|"[^"]*"|\[[^\]]*\])/g,
      (found, before: string, page: string) => {
        if (/^(?:\[|")?\?/.test(page)) return found; // the instrumentation hides it
        pages.push(page);
        return before;
      },
    );
  return { list, page: pages.join(' ') };
}

/** Whether the page of a query is in a placeholder, so that it is unknown. */
export function asksForSomePage(query: string, pattern: string): boolean {
  if (/\blimit\s+[?$:@]\w*\s*,/i.test(query.slice(0, maxLength))) return true;
  if (/^\S* ?\{.*"(?:search_after|scroll_id)" ?:/.test(pattern)) return true;
  const hasOffset = /\blimit\b/i.test(pattern)
    ? /\boffset \?/i.test(pattern)
    : /\boffset \? rows? fetch\b/i.test(pattern);
  // Prisma's `findFirst()` has no order, or has ids to look for.
  if (hasOffset) return /\border by\b/i.test(pattern) || !/= ?\?/.test(pattern);
  return continuesByKey(pattern);
}

/** `WHERE id > ? ORDER BY id LIMIT ?` reads the rows after the last one. `… ORDER BY id DESC` reads the newest. */
function continuesByKey(pattern: string): boolean {
  if (!/\blimit\b|\bfetch (?:first|next)\b|\btop\b/i.test(pattern)) return false;
  const order = /\border by ([\w.`"]+)( desc)?/i.exec(pattern);
  if (order === null) return false;
  const [, column, descending] = order;
  // A single key, or the first of several: `(at, id) > (?)`.
  const comparisons = /(?:\(([\w.`"]{1,100}) ?,[^()]{1,200}\)|([\w.`"]{1,100})) ?([<>])=? ?(?:\?|(?:row ?)?\(\?)/gi;
  for (const [, first, single, operator] of pattern.matchAll(comparisons)) {
    const compared = first ?? single;
    if (compared === column && (operator === '<') === (descending !== undefined)) return true;
  }
  return false;
}
