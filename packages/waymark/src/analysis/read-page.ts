/** Which part of a list a call asks for, where its address or its query says so. */

export interface Page {
  /** The call without what says which page: equal for all pages of one list. */
  readonly list: string;
  /** Empty for the first page, if it needs no parameter. */
  readonly page: string;
}

// Names that APIs use, in lower case and without anything but letters: `page[number]`, `page_token`, `$skip`.
const pageKeys = new Set(
  (
    'page p pg pagenumber pageno pageindex pageoffset offset skip start startat startindex cursor pagecursor after pageafter before ' +
    'pagebefore next pagetoken nexttoken nextpagetoken skiptoken continuation continuationtoken marker nextmarker startkey ' +
    'startafter exclusivestartkey startingafter endingbefore since sinceid maxid scrollid partnumber'
  ).split(' '),
);
/** Of these, a number is a position; a word is something else: `?from=USD`. Parts of a file are sent like pages are asked for. */
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

/** How many ids a parameter of an address lists, as in `ids=1,2,3` or `id=1&id=2`; that of the longest list. Words are no ids. */
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
 * The same for a query whose page is a literal: `LIMIT 100 OFFSET 300`, `LIMIT 300, 100`, `id > 300 … ORDER BY id LIMIT 100`.
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

/** Elasticsearch's `from`, `search_after`, and the like. */
function readPageOfJson(query: string): Page {
  const pages: string[] = [];
  const list = query
    .slice(0, maxLength)
    .replace(
      /("(?:from|skip|search_after|scroll_id)"\s*:\s*)(\d+|"[^"]*"|\[[^\]]*\])/g,
      (found, before: string, page: string) => {
        if (/^(?:\[|")?\?/.test(page)) return found; // hidden by the instrumentation
        pages.push(page);
        return before;
      },
    );
  return { list, page: pages.join(' ') };
}

/** Whether a placeholder says which page a query asks for: there is no telling which one it is. */
export function asksForSomePage(query: string, pattern: string): boolean {
  if (/\blimit\s+[?$:@]\w*\s*,/i.test(query.slice(0, maxLength))) return true;
  if (/^\S* ?\{.*"(?:search_after|scroll_id)" ?:/.test(pattern)) return true;
  const hasOffset = /\blimit\b/i.test(pattern)
    ? /\boffset \?/i.test(pattern)
    : /\boffset \? rows? fetch\b/i.test(pattern);
  // Without an order, or with ids to look for, it is what Prisma writes for `findFirst()`.
  if (hasOffset) return /\border by\b/i.test(pattern) || !/= ?\?/.test(pattern);
  return continuesByKey(pattern);
}

/** `WHERE id > ? ORDER BY id LIMIT ?`: what comes after the last row that was read. `… ORDER BY id DESC` asks for the newest. */
function continuesByKey(pattern: string): boolean {
  if (!/\blimit\b|\bfetch (?:first|next)\b|\btop\b/i.test(pattern)) return false;
  const order = /\border by ([\w.`"]+)( desc)?/i.exec(pattern);
  if (order === null) return false;
  const [, column, descending] = order;
  // One key, or the first of several: `(at, id) > (?)`.
  const comparisons = /(?:\(([\w.`"]{1,100}) ?,[^()]{1,200}\)|([\w.`"]{1,100})) ?([<>])=? ?(?:\?|(?:row ?)?\(\?)/gi;
  for (const [, first, single, operator] of pattern.matchAll(comparisons)) {
    const compared = first ?? single;
    if (compared === column && (operator === '<') === (descending !== undefined)) return true;
  }
  return false;
}
