import { wrapOnce } from './wrap-once.ts';

class Client {
  query(text: string, _callback?: () => void): string {
    return `${text} by ${this.constructor.name}`;
  }
}

class Pooled extends Client {}

function loud(original: (...args: never[]) => unknown) {
  return function query(this: unknown, ...args: never[]): unknown {
    return `${original.apply(this, args)}!`;
  };
}

test('replaces a method once, and keeps its name, its length and how it is found', () => {
  class Own extends Client {
    override query(text: string, _second?: unknown): string {
      return text;
    }
  }
  expect(wrapOnce(Own.prototype, 'query', loud)).toBe('wrapped');
  expect(wrapOnce(Own.prototype, 'query', loud)).toBe('already');
  expect(new Own().query('select')).toBe('select!');
  expect(Own.prototype.query).toHaveLength(2);
  expect(Own.prototype.query.name).toBe('query');
  expect(Object.keys(Own.prototype)).toEqual([]);
});

test('gives an inherited method to the owner, and leaves the class above as it was', () => {
  expect(wrapOnce(Pooled.prototype, 'query', loud)).toBe('wrapped');
  expect(new Pooled().query('select')).toBe('select by Pooled!');
  expect(new Client().query('select')).toBe('select by Client');
});

test('replaces what another realm has left behind, with the method that this one replaced', () => {
  const query = () => 'rows';
  const left = Object.assign(() => 'left', { [Symbol.for('waymark.wrapper.v1')]: { realm: {}, original: query } });
  const owner = { query: left };
  expect(wrapOnce(owner, 'query', loud)).toBe('wrapped');
  expect(owner.query()).toBe('rows!');
});

test.each([
  ['shimmer, as OpenTelemetry does', { __wrapped: true }],
  ['a function that keeps the original', { __original: () => {} }],
])('leaves a method alone that was wrapped by %s', (_, marks) => {
  const query = Object.assign(() => 'rows', marks);
  const owner = { query };
  expect(wrapOnce(owner, 'query', loud)).toBe('foreign');
  expect(owner.query).toBe(query);
});

test('finds nothing to replace where there is no method', () => {
  expect(wrapOnce({ query: 7 }, 'query', loud)).toBe('missing');
});

test('throws for a frozen owner', () => {
  expect(() => wrapOnce(Object.freeze({ query: () => 'rows' }), 'query', loud)).toThrow(TypeError);
});
