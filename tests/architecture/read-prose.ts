/** Reads what a person reads in a source file or a page: comments and strings, or the whole page without its code. */
import { extname } from 'node:path';

export interface ProseLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/** Comments, and strings that hold a sentence: at least three words. */
export function readProse(file: string, source: string): ProseLine[] {
  return extname(file) === '.md' ? readPage(source) : readComments(source);
}

function readPage(source: string): ProseLine[] {
  let isCode = false;
  return source.split('\n').flatMap((text, index) => {
    const isFence = /^\s*(```|~~~)/.test(text);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? [] : { line: index + 1, text: text.replace(/`[^`]*`/g, '``') };
  });
}

// A comment, a string, or a regular expression after a sign that no value can end with. Templates are read without their nesting.
const token =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:!&|?{};]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*\/[dgimsuvy]*/g;

function readComments(source: string): ProseLine[] {
  const prose: ProseLine[] = [];
  for (const { 0: found, index } of source.matchAll(token)) {
    const isComment = found.startsWith('//') || found.startsWith('/*');
    if (!isComment && (found.startsWith('/') || !/[a-z]+ [a-z]+ [a-z]+/i.test(found))) continue;
    const first = source.slice(0, index).split('\n').length;
    for (const [offset, text] of found.split('\n').entries()) {
      prose.push({ line: first + offset, text: text.replace(/`[^`]*`/g, '``').replace(/\{@link [^}]*\}/g, '') });
    }
  }
  return prose;
}
