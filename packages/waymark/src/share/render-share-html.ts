/** One HTML file that shows one trace: opened from a disk, with no network, on a machine that has never heard of us. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Span } from '../model/span.ts';
import { type RedactOptions, type RemovedValues, redactTrace } from './redact-trace.ts';
import { packTrace } from './share-format.ts';

export interface ShareOptions extends RedactOptions {
  /** Default: the present. Unix milliseconds. */
  readonly nowMs?: number;
  /** Where `share.js` and `share.css` are. Default: the viewer of this package. */
  readonly viewerFolder?: string;
}

export interface SharedFile {
  readonly html: string;
  /** What the file does not hold, for its author to look at. */
  readonly removed: readonly RemovedValues[];
}

/**
 * @param spans Of one trace; at least one.
 * @throws If the viewer has not been built.
 */
export function renderShareHtml(
  spans: readonly Span[],
  { nowMs = Date.now(), viewerFolder = findViewer(), ...redactOptions }: ShareOptions = {},
): SharedFile {
  const script = escapeScript(readFileSync(join(viewerFolder, 'share.js'), 'utf8'));
  const style = readFileSync(join(viewerFolder, 'share.css'), 'utf8').replaceAll('</', '<\\/');
  const { spans: kept, removed } = redactTrace(spans, redactOptions);
  const packed = packTrace(kept, { sharedMs: nowMs, removed });
  // Level 9 is 2 % smaller than 6 and takes four times as long.
  const data = deflateSync(JSON.stringify(packed), { level: 6 }).toString('base64');
  // Only this script runs, and nothing can be fetched: a value that got out of its place would find no way to.
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Trace ${escapeText(packed.traceId)} – Waymark</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This file holds a trace, and a page of script that draws it. Allow JavaScript for it.</noscript>
<script type="text/plain" id="waymark-trace">${data}</script>
<script>${script}</script>
</body>
</html>
`;
  return { html, removed };
}

/** This file may be in src/share/, in dist/share/, or in one file with the rest in dist/. */
function findViewer(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const viewer = join(folder, 'dist/viewer');
    if (existsSync(viewer) || folder === dirname(folder)) return viewer;
  }
}

/** `trace-<first 8 digits>.html`. */
export function shareFileName(traceId: string): string {
  return `trace-${traceId.replace(/[^0-9a-z]/gi, '').slice(0, 8)}.html`;
}

/** What would end the element, or open a comment in it; the bundler leaves neither outside of strings. */
function escapeScript(script: string): string {
  return script.replace(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '\\x3c!--');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
