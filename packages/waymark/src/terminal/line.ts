/** A line before it is coloured, so that its width can be measured. */
import { cutToWidth, textWidth } from '@waymark/core/text-width';

export type Line = readonly Piece[];

export interface Piece {
  readonly text: string;
  readonly style?: Style | undefined;
  /** The address that a click opens, on terminals with links. */
  readonly link?: string | undefined;
}

export type Style = 'bold' | 'dim' | 'red' | 'boldYellow' | ServiceColor | `bold-${ServiceColor}`;
export type ServiceColor = (typeof serviceColors)[number];

export const serviceColors = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const;

const styleCodes: Readonly<Record<Style, string>> = {
  bold: '1',
  dim: '2',
  red: '31',
  boldYellow: '1;33',
  cyan: '36',
  magenta: '35',
  yellow: '33',
  green: '32',
  blue: '34',
  'bold-cyan': '1;36',
  'bold-magenta': '1;35',
  'bold-yellow': '1;33',
  'bold-green': '1;32',
  'bold-blue': '1;34',
};

export function widthOf(line: Line): number {
  return line.reduce((width, { text }) => width + textWidth(text), 0);
}

export function fitInto(width: number, line: Line): Line {
  let left = width;
  return line.map((piece) => {
    const text = cutToWidth(piece.text, left);
    left -= textWidth(text);
    return { ...piece, text };
  });
}

export interface PrintOptions {
  readonly colors: boolean;
  readonly links: boolean;
}

export function printLine(line: Line, { colors, links }: PrintOptions): string {
  const kept = line.filter(({ text }) => text !== '');
  // Spaces at the end would only appear in copied text.
  for (let last = kept.at(-1); last !== undefined && last.text.trimEnd() === ''; last = kept.at(-1)) kept.pop();
  return kept
    .map(({ text, style, link }, index) => {
      const shown = index === kept.length - 1 ? text.trimEnd() : text;
      const colored = colors && style !== undefined ? `\u001b[${styleCodes[style]}m${shown}\u001b[0m` : shown;
      // OSC 8: https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
      return links && link !== undefined ? `\u001b]8;;${link}\u001b\\${colored}\u001b]8;;\u001b\\` : colored;
    })
    .join('');
}
