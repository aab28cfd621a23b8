// Pages of figures have parts that several commands write.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Replaces the part below that heading, up to the next heading of its level; adds it at the end if there is none. */
export function writeSection(file: string, heading: string, text: string): void {
  const parts = readParts(file);
  const part = `## ${heading}\n\n${text.trim()}\n\n`;
  const index = parts.findIndex((one) => one.startsWith(`## ${heading}\n`));
  if (index < 0) parts.push(part);
  else parts[index] = part;
  writeFileSync(file, `${parts.map((one) => one.trim()).join('\n\n')}\n`);
}

/** The part below that heading with the heading; empty if there is none. */
export function readSection(file: string, heading: string): string {
  return readParts(file).find((one) => one.startsWith(`## ${heading}\n`)) ?? '';
}

function readParts(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(/^(?=## )/m);
}
