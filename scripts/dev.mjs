// npm run dev: watches lib/, native/ and test/; rebuilds what changed and runs the tests that have to do with it.
import fs from 'node:fs';
import path from 'node:path';
import { CommandError, main, root, run } from './run-command.mjs';
import { setup } from './setup.mjs';

/** Editors write a file in several steps: changes this close together are one. */
const QUIET_MS = 200;
/** Tests that run native code, and so change with it. */
const NATIVE_TESTS = ['test/binding', 'test/ops', 'test/parity'];

const changed = new Set();
let timer;
let working = false;

/** What Jest is to run for these files; none for files that no test reads. */
export function jestArguments(files) {
  if (files.some((file) => file.startsWith('native/') || file === 'CMakeLists.txt'))
    return NATIVE_TESTS;
  const sources = files.filter((file) => /\.(m?ts|mjs|cjs)$/.test(file));
  return sources.length > 0 ? ['--findRelatedTests', ...sources] : [];
}

async function work() {
  if (working) return;
  working = true;
  while (changed.size > 0) {
    const files = [...changed].filter((file) => fs.existsSync(path.join(root, file)));
    changed.clear();
    console.log(`\nchanged: ${files.join(', ')}`);
    try {
      await setup();
      const args = jestArguments(files);
      const jest = path.join(root, 'node_modules/jest/bin/jest.js');
      if (args.length > 0) {
        await run(process.execPath, [jest, '--passWithNoTests', ...args], {
          shown: ['jest', ...args],
        });
      }
    } catch (error) {
      // What is broken while one writes was printed already; the watch goes on.
      if (!(error instanceof CommandError)) throw error;
    }
    console.log('\nwatching lib/, native/ and test/ (Ctrl-C ends)');
  }
  working = false;
}

main(async () => {
  await setup().catch((error) => {
    if (!(error instanceof CommandError)) throw error;
  });
  for (const directory of ['lib', 'native', 'test', 'scripts']) {
    fs.watch(path.join(root, directory), { recursive: true }, (_event, file) => {
      if (file === null) return;
      changed.add(path.posix.join(directory, file));
      clearTimeout(timer);
      timer = setTimeout(() => main(work), QUIET_MS);
    });
  }
  console.log('\nwatching lib/, native/ and test/ (Ctrl-C ends)');
});
