/** Values that throw, answer nonsense or never end when they are looked at, as callers without types, ORMs and Immer pass them. */

function fail(): never {
  throw new Error('looked at');
}

/** A proxy whose every trap throws, as those of a revoked one do. */
function throwing(target: object): object {
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, fail]));
  return new Proxy(target, traps);
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** A proxy that answers for every property, with itself. */
function endless(): object {
  const proxy: object = new Proxy(() => proxy, { get: () => proxy, has: () => true });
  return proxy;
}

const optionNames = [
  'attributes',
  'baggage',
  'code',
  'context',
  'get',
  'keys',
  'kind',
  'links',
  'message',
  'parent',
  'set',
  'span',
  'spanContext',
  'spanId',
  'startTime',
  'timeoutMs',
  'toString',
  'traceId',
  'traceState',
] as const;

/** An object with a getter of that name that throws. */
function getterOf(name: string): object {
  return Object.defineProperty({ kind: 'client' }, name, { get: fail, enumerable: true, configurable: true });
}

const circle: Record<string, unknown> = {};
circle.self = circle;
circle.attributes = circle;
circle.parent = circle;

export const hostileValues: readonly (readonly [name: string, value: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['true', true],
  ['NaN', Number.NaN],
  ['a bigint', 2n ** 80n],
  ['a symbol', Symbol('s')],
  ['a text', 'text'],
  ['a function', () => 1],
  ['a class', class A {}],
  ['an array', [1, 'a', null, Symbol('s')]],
  ['an object without prototype', Object.create(null)],
  ['a circle', circle],
  ['a date that is none', new Date(Number.NaN)],
  ['a date with a method that throws', Object.assign(new Date(), { getTime: fail, valueOf: fail })],
  ['an error with getters that throw', Object.defineProperty(new Error('e'), 'message', { get: fail })],
  ['a frozen object', Object.freeze({ parent: 5 })],
  ['an object that cannot be a text', { toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail }],
  ['an iterable that throws', { [Symbol.iterator]: fail, length: 3 }],
  ['a proxy that throws', throwing({})],
  ['a proxy of an array that throws', throwing([])],
  ['a proxy of a function that throws', throwing(() => 1)],
  ['a revoked proxy', revoked({})],
  ['a revoked proxy of an array', revoked([])],
  ['a revoked proxy of bytes', revoked(new Uint8Array(3))],
  ['a proxy that answers for everything', endless()],
  ['an array of revoked proxies', [revoked({}), revoked([])]],
  ['an object of revoked proxies', Object.fromEntries(optionNames.map((name) => [name, revoked({})]))],
  ['an object of proxies that throw', Object.fromEntries(optionNames.map((name) => [name, throwing(() => 1)]))],
  ['an object of symbols', Object.fromEntries(optionNames.map((name) => [name, Symbol('s')]))],
  ...optionNames.map((name) => [`an object whose ${name} throws`, getterOf(name)] as const),
];
