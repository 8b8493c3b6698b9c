// Jest: TypeScript by swc (types are checked by `npm run check:static`), one run for all of test/.
// Two workers, the processes that they start, and the threads of each share the cores: a thread that waits must sleep.
// GNU's OpenMP spins otherwise, and with more threads than cores everything crawls.
process.env.OMP_WAIT_POLICY ??= 'passive';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // lib/ is a root only so that --findRelatedTests knows which test imports what.
  roots: ['<rootDir>/lib', '<rootDir>/test'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/fixtures/', '<rootDir>/test/breaks/'],
  moduleFileExtensions: ['ts', 'js', 'mts', 'mjs', 'cjs', 'json', 'node'],
  // Tests use the public names and run the sources; test/package alone tries dist/ and the tarball.
  moduleNameMapper: {
    '^pse-loss$': '<rootDir>/lib/index.ts',
    '^pse-loss/labels$': '<rootDir>/lib/labels/index.ts',
  },
  transform: {
    '^.+\\.(m?ts|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      },
    ],
  },
  testTimeout: 30_000,
  // A worker that crashes in native code fails its own test file; in the parent it would end the run.
  maxWorkers: 2,
};
