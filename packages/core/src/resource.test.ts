import { hostname } from 'node:os';
import { createResource } from './resource.ts';
import { version } from './version.ts';

test('says which process this is', () => {
  expect(createResource(undefined, {})).toEqual({
    attributes: {
      'service.name': 'unknown_service:node',
      'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'telemetry.sdk.name': 'waymark',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.version': version,
      'host.name': hostname(),
      'process.pid': process.pid,
      'process.runtime.name': 'nodejs',
      'process.runtime.version': process.versions.node,
    },
  });
});

test('is one instance, however many tracers it has', () => {
  const idOf = () => createResource(undefined, {}).attributes['service.instance.id'];
  expect(idOf()).toBe(idOf());
});

test("has the developer's attributes, which win, and no values that are none", () => {
  const { attributes } = createResource(undefined, {
    'service.name': 'orders',
    'host.name': 'a',
    'deployment.environment.name': 'staging',
    replicas: 3,
    zones: ['a', 'b'],
    nothing: undefined,
    '': 'no key',
    disk: { gigabytes: 10, kind: null },
  });
  expect(attributes).toEqual({
    ...createResource(undefined, {}).attributes,
    'service.name': 'orders',
    'host.name': 'a',
    'deployment.environment.name': 'staging',
    replicas: 3,
    zones: ['a', 'b'],
    disk: { gigabytes: 10, kind: null },
  });
});

test("prefers the service's name to the attribute of that name", () => {
  expect(createResource('code', { 'service.name': 'attribute' }).attributes['service.name']).toBe('code');
});

test('takes __proto__ for a key like any other', () => {
  const { attributes } = createResource(undefined, JSON.parse('{"__proto__":"x"}'));
  expect(Object.entries(attributes)).toContainEqual(['__proto__', 'x']);
});

test('cannot be changed', () => {
  const resource = createResource(undefined, { a: 1 });
  expect(() => Object.assign(resource, { attributes: {} })).toThrow(TypeError);
  expect(() => Object.assign(resource.attributes, { a: 2 })).toThrow(TypeError);
});
