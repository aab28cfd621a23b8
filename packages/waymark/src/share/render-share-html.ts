/** Renders one trace as one HTML file that opens from disk, without a network and without Waymark. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { Span } from '../model/span.ts';
import { type RedactOptions, type RemovedValues, redactTrace } from './redact-trace.ts';
import { packTrace } from './share-format.ts';

export interface ShareOptions extends RedactOptions {
  /** Unix milliseconds. Default: now. */
  readonly nowMs?: number;
  /** The folder of `share.js` and `share.css`. Default: the viewer of this package. */
  readonly viewerFolder?: string;
}

export interface SharedFile {
  readonly html: string;
  /** What was removed, for the author of the file to check. */
  readonly removed: readonly RemovedValues[];
}

/**
 * @param spans The spans of one trace, at least one.
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
  // Only this script runs, and nothing can be fetched, so an injected value could neither run nor send anything.
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

/** This module is in src/share/ or dist/share/, or bundled into a file in dist/. */
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

/** Escapes what would end the element or open a comment in it. The bundler writes neither outside of strings. */
function escapeScript(script: string): string {
  return script.replace(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '\\x3c!--');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
