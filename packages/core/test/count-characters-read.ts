/** Measures the time of a parser without a clock: by the characters that it passes to the built-ins. */

/** How many characters `run` reads. A regular expression counts with its whole input: none here can backtrack. */
export function countCharactersRead(run: () => void): number {
  let count = 0;
  const restores: (() => void)[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: built-in methods of all signatures
  const watch = (prototype: any, name: string, cost: (self: any, args: any[], result: any) => number): void => {
    const original = prototype[name];
    prototype[name] = function (...args: unknown[]) {
      const result = original.apply(this, args);
      count += cost(this, args, result);
      return result;
    };
    restores.push(() => {
      prototype[name] = original;
    });
  };
  const found = (text: string, from: number, at: number): number => (at === -1 ? text.length : at) - from + 1;
  watch(String.prototype, 'charCodeAt', () => 1);
  watch(String.prototype, 'charAt', () => 1);
  watch(String.prototype, 'codePointAt', () => 1);
  watch(String.prototype, 'indexOf', (self, [, from = 0], at) => found(self, from, at));
  watch(String.prototype, 'includes', (self) => self.length);
  watch(String.prototype, 'startsWith', (_, [prefix]) => prefix.length);
  watch(String.prototype, 'slice', (_self, _args, text) => text.length);
  watch(String.prototype, 'split', (self) => self.length);
  watch(String.prototype, 'replace', (self) => self.length);
  watch(String.prototype, 'replaceAll', (self) => self.length);
  watch(String.prototype, 'toLowerCase', (self) => self.length);
  watch(String.prototype, 'toUpperCase', (self) => self.length);
  watch(String.prototype, 'trim', (self) => self.length);
  watch(RegExp.prototype, 'exec', (_, [text]) => text.length);
  watch(RegExp.prototype, 'test', (_, [text]) => text.length);
  watch(Array.prototype, 'join', (_self, _args, text) => text.length);
  try {
    run();
  } finally {
    for (const restore of restores) restore();
  }
  return count;
}
