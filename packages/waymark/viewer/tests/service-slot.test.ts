import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseSlot, serviceColourCount } from '../src/colours/service-slot.ts';

const names = ['gateway', 'orders', 'users', 'payments', 'inventory', 'search', 'mailer', 'auth', 'billing', 'cart'];

test('a name always has the same colour', () => {
  expect(names.map((name) => chooseSlot(name, new Set()))).toEqual(names.map((name) => chooseSlot(name, new Set())));
});

test('twenty services have different colours, and one more shares a colour', () => {
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

  test('differ from each other and from the error colour', () => {
    const names = [...Array.from({ length: serviceColourCount }, (_, index) => `service-${index}`), 'error'];
    const tooNear = names.flatMap((one, index) =>
      names
        .slice(index + 1)
        .filter((other) => distance(read(one), read(other)) < 0.065)
        .map((other) => `${one} ${other}`),
    );
    expect(tooNear).toEqual([]);
  });

  test.each(['ink', 'ink-2', 'ink-3', 'accent', 'error', 'warn'])('%s has a contrast of at least 4.5:1', (name) => {
    for (const paper of papers) expect(contrast(read(name), paper)).toBeGreaterThanOrEqual(4.5);
  });
});

// WCAG 2.2, contrast ratio
function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = linearRgb(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// OKLab: a just noticeable difference of large areas is about 0.02.
function distance(one: string, other: string): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
}

// https://bottosson.github.io/posts/oklab/
function oklab(hex: string): number[] {
  const [r, g, b] = linearRgb(hex);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function linearRgb(hex: string): [number, number, number] {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}
