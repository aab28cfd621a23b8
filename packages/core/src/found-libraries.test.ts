import { describeFoundLibraries, foundLibraryOrigins, noteLibrary } from './found-libraries.ts';

test('lists a library once for each version, however often it is noted', () => {
  for (let client = 0; client < 100; client++)
    noteLibrary({ name: 'mongodb', version: undefined, tracedBy: 'methods' });
  noteLibrary({ name: 'mongodb', version: '7.9.0', tracedBy: 'methods' });
  expect(foundLibraryOrigins()).toEqual([
    { name: 'libraries.mongodb', value: 'traced by methods of its classes', from: 'given in code' },
    { name: 'libraries.mongodb', value: 'traced by methods of its classes', from: '7.9.0' },
  ]);
  expect(describeFoundLibraries()).toBe('mongodb (methods), mongodb 7.9.0 (methods)');
});
