/** The screens that the top bar leads to. */
export const screens = [
  { path: '/traces', name: 'Traces', key: 'g t' },
  { path: '/operations', name: 'Operations', key: 'g o' },
  { path: '/map', name: 'Map', key: 'g m' },
  { path: '/errors', name: 'Errors', key: 'g e' },
] as const;
