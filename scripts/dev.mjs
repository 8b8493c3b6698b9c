// npm run dev: watches the sources; rebuilds what changed and runs the tests that have to do with it. It looks at the
// files five times a second, which costs a few milliseconds and, unlike the system's own watching, misses nothing.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, isMain, main, root, run } from './run-command.mjs';
import { setup } from './setup.mjs';
import { listFiles, trace } from './setup-stamps.mjs';

const WATCHED = ['lib', 'native', 'scripts', 'test', 'CMakeLists.txt', 'binding.gyp.d.ts'];
/** Editors write a file in several steps: the change is complete when two looks see the same. */
const PAUSE_MS = 200;
/** Tests that run native code, and so change with it. */
const NATIVE_TESTS = ['test/binding', 'test/ops', 'test/parity'];

/** The runs of Jest, each with its arguments, that these files ask for. */
export function jestRuns(files) {
  const runs = [];
  if (files.some((file) => /^(native\/|CMakeLists\.txt$)/.test(file))) runs.push(NATIVE_TESTS);
  if (files.some((file) => file.startsWith('scripts/'))) runs.push(['test/unit/scripts']);
  const sources = files.filter((file) => /^(lib|test)\/.*\.([cm]?ts|mjs)$/.test(file));
  if (sources.length > 0) runs.push(['--findRelatedTests', ...sources]);
  return runs;
}

/** Waits until something has changed since `before`, and nothing changes any more. */
export async function nextChange(before, look, pause = PAUSE_MS) {
  for (let previous = before; ; ) {
    await sleep(pause);
    const now = look();
    const files = difference(before, now);
    if (files.length > 0 && difference(previous, now).length === 0) return { files, now };
    previous = now;
  }
}

/** Size and time of every source, by its path relative to the folder. */
export function lookAt(directory, watched = WATCHED) {
  const files = watched
    .flatMap((entry) => listFiles(path.join(directory, entry)))
    .map((file) => path.relative(directory, file))
    // Hidden files are the editors', compiled Python is nobody's source.
    .filter((file) => !/(^|\/)(\.|__pycache__)/.test(file));
  return new Map(files.map((file) => [file, `${trace(path.join(directory, file))}`]));
}

/** The paths that were added, changed or removed. */
function difference(before, now) {
  return [...new Set([...before.keys(), ...now.keys()])].filter(
    (file) => before.get(file) !== now.get(file),
  );
}

/** What is broken while one writes has been printed already; the watch goes on. */
async function unlessBroken(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
  }
}

async function dev() {
  let before = lookAt(root);
  await unlessBroken(setup);
  for (;;) {
    console.log('\nwatching lib/, native/, scripts/ and test/ (Ctrl-C ends)');
    const { files, now } = await nextChange(before, () => lookAt(root));
    before = now;
    console.log(`\nchanged: ${files.join(', ')}`);
    await unlessBroken(async () => {
      await setup();
      const present = files.filter((file) => fs.existsSync(path.join(root, file)));
      const jest = path.join(root, 'node_modules/jest/bin/jest.js');
      for (const args of jestRuns(present))
        await run(process.execPath, [jest, '--passWithNoTests', ...args], {
          shown: ['jest', ...args],
        });
    });
  }
}

if (isMain(import.meta.url)) main(dev);
