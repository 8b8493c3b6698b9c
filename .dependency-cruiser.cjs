// The floors of lib/: a room imports only from rooms on lower floors. Types count like values, so that a room can be
// understood, and taken out, without those above it. Rooms on one floor do not know each other.

/** From the ground up. A room is a folder of lib/ or a file directly in it. */
const FLOORS = [
  ['errors.ts'],
  ['arguments'],
  ['native'],
  ['tensor'],
  ['labels', 'diagnose', 'files'],
  ['loss'],
  ['train', 'postprocess', 'evaluate', 'serve'],
  ['index.ts'],
  // The command line stands above all rooms, and uses them as they are.
  ['index.mts', 'cli'],
];

const anyOf = (rooms) => `(?:${rooms.map((room) => room.replaceAll('.', '\\.')).join('|')})`;

const upwards = FLOORS.map((rooms, floor) => {
  const lower = FLOORS.slice(0, floor).flat();
  return {
    name: `floor-${floor + 1}`,
    comment: `${rooms.join(', ')} may import from ${lower.join(', ') || 'no other room'}`,
    severity: 'error',
    from: { path: `^lib/(${anyOf(rooms)})(?:/|$)` },
    // $1 is the room itself.
    to: {
      path: '^lib/',
      pathNot: [`^lib/$1(?:/|$)`, ...(floor ? [`^lib/${anyOf(lower)}(?:/|$)`] : [])],
    },
  };
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: 'unknown-room',
      comment: 'every room has a floor: name it in .dependency-cruiser.cjs',
      severity: 'error',
      from: { path: '^lib/', pathNot: `^lib/${anyOf(FLOORS.flat())}(?:/|$)` },
      to: {},
    },
    {
      name: 'circle',
      comment: 'no circles, within a room either',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'outside',
      comment: 'the package imports nothing of the project but lib/ and the treaty with the addon',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        pathNot: ['^lib/', '^binding\\.gyp\\.d\\.ts$', 'node_modules'],
        dependencyTypes: ['local'],
      },
    },
    {
      name: 'development-package',
      comment: 'users do not have the packages that only development needs',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm-peer', 'type-only'],
      },
    },
    {
      name: 'unresolved',
      comment: 'imports something that is not there',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.d.ts', '.js', '.json'],
    },
  },
};
