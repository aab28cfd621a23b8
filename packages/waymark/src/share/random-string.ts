/** Finds long random strings: keys and tokens of unknown format. The ids that every trace contains do not count. */
import { type Removing, replacement } from './secret-kinds.ts';

const minLength = 20;

// Characters of base64, base64url, base62, base36 and hex. A match starts at the start of a run, so each run is read once.
const runs = /(?<![\w+/-])[\w+/-]{20,}={0,2}/g;

/** Keys under which a long hex string is an id: `container.id`, `oci.manifest.digest`, `vcs.ref.head.revision`. */
const idKey = /(?:^|[._-])(?:id|ids|uid|digest|sha\d*|hash|checksum|commit|revision|version|etag)$/i;

/** @param key The attribute's key, if the string is an attribute's value. */
export function removeRandomStrings(text: string, key: string | undefined, removing: Removing): string {
  if (text.length < minLength) return text;
  const isIdKey = key !== undefined && idKey.test(key);
  return text.replace(runs, (run, at: number) => {
    const isDigest = isIdKey || /sha\d{1,3}[:=-]$/i.test(text.slice(Math.max(at - 7, 0), at));
    const segments = run.split('/');
    const isPath = segments.some((segment) => /^[a-z]{3,}(?:[-_][a-z]+)*$/.test(segment));
    if (!isPath && looksRandom(run, isDigest)) return removing('random-string') ? replacement : run;
    if (segments.length === 1) return run;
    return segments
      .map((segment) => (looksRandom(segment, isDigest) && removing('random-string') ? replacement : segment))
      .join('/');
  });
}

/**
 * In a random string the class of characters (lower case, upper case, digits) changes with every second character; in
 * words, identifiers and paths with every fifth or so.
 *
 * @param isDigest Whether a long hex string is an id here, and not a secret key.
 */
function looksRandom(padded: string, isDigest = false): boolean {
  const text = padded.replace(/=+$/, '');
  if (text.length < minLength) return false;
  // Trace ids, span ids, UUIDs, X-Ray's ids, object ids of MongoDB, and joined ones.
  if (/^[0-9a-f]+(?:[-_][0-9a-f]+)*$/i.test(text)) {
    const longest = text.split(/[-_]/).reduce((most, part) => Math.max(most, part.length), 0);
    return longest > 32 && !isDigest && !/^\d+$/.test(text);
  }
  if (/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)) return false; // ULID
  const counts = { lower: 0, upper: 0, digit: 0 };
  let changes = 0;
  let before: keyof typeof counts | undefined;
  for (const character of text) {
    const kind = classOf(character);
    if (kind === undefined) continue;
    counts[kind]++;
    if (before !== undefined && before !== kind) changes++;
    before = kind;
  }
  const { lower, upper, digit } = counts;
  const share = changes / Math.max(lower + upper + digit - 1, 1);
  // In `findAllByCustomerId` a fifth of the letters are upper case.
  const isMixed = Math.min(lower, upper) / Math.max(lower + upper, 1) >= (digit === 0 ? 0.3 : 0.2);
  if (lower > 0 && upper > 0) return isMixed && share >= 0.4;
  // One case only, like names of pods and versions. Those have separators, and few changes.
  const longestPart = text.split(/[^a-z0-9]+/i).reduce((most, part) => Math.max(most, part.length), 0);
  return longestPart >= minLength && digit >= 3 && lower + upper > 0 && share >= 0.25;
}

function classOf(character: string): 'lower' | 'upper' | 'digit' | undefined {
  if (character >= 'a' && character <= 'z') return 'lower';
  if (character >= 'A' && character <= 'Z') return 'upper';
  return character >= '0' && character <= '9' ? 'digit' : undefined;
}
