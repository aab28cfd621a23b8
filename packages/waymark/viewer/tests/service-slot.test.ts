import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseSlot, serviceColourCount } from '../src/colours/service-slot.ts';

const names = ['gateway', 'orders', 'users', 'payments', 'inventory', 'search', 'mailer', 'auth', 'billing', 'cart'];

test('a name has its colour, whoever asks and when', () => {
  expect(names.map((name) => chooseSlot(name, new Set()))).toEqual(names.map((name) => chooseSlot(name, new Set())));
});

test('as many services as there are colours all differ; one more shares one', () => {
  const taken = new Set<number>();
  for (let index = 0; index < serviceColourCount; index++) taken.add(chooseSlot(`service-${index}`, taken));
  expect(taken.size).toBe(serviceColourCount);
  expect(chooseSlot('gateway', taken)).toBe(chooseSlot('gateway', new Set()));
});

describe.each([0, 1])('the colours of theme %d', (theme) => {
  const tokens = readFileSync(join(__dirname, '../src/styles/tokens.css'), 'utf8');
  const read = (name: string) => {
    const [, ...colours] = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens) ?? [];
    return colours[theme] ?? '';
  };
  const papers = ['paper', 'paper-2', 'paper-3'].map(read);

  test.each(Array.from({ length: serviceColourCount }, (_, index) => `service-${index}`))(
    '%s stands out by 3:1, as graphics must',
    (name) => {
      for (const paper of papers) expect(contrast(read(name), paper)).toBeGreaterThanOrEqual(3);
    },
  );

  test.each(['ink', 'ink-2', 'ink-3', 'accent', 'error', 'warn'])('%s stands out by 4.5:1, as text must', (name) => {
    for (const paper of papers) expect(contrast(read(name), paper)).toBeGreaterThanOrEqual(4.5);
  });
});

// WCAG 2.2, contrast ratio
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
