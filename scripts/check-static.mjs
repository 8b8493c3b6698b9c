// npm run check:static: everything that can be known without running the product. All checks run, whatever fails.
import fs from 'node:fs';
import path from 'node:path';
import { checkBinary } from './check-binaries.mjs';
import { checkFences } from './check-fences.mjs';
import {
  CommandError,
  commandLine,
  isMain,
  main,
  nodeBin,
  probe,
  root,
  run,
  seconds,
} from './run-command.mjs';
import { setup, venvBin } from './setup.mjs';
import { nativeSources, projectFiles } from './sources.mjs';

/** Each check throws, or answers a list of violations. */
const CHECKS = [
  ['format and lint (biome)', () => quietly(nodeBin('biome'), ['ci', '--colors=off'])],
  ['format of native/ (clang-format)', checkNativeFormat],
  // The set-up has compiled lib/ alone; here it stands beside all that uses it.
  ['types of lib/ and test/ (tsc)', () => quietly(nodeBin('tsc'), ['-p', 'tsconfig.test.json'])],
  ['floors of lib/ (dependency-cruiser)', checkFloors],
  ['one door to the addon', checkAddonDoor],
  ['fences of native/', () => checkFences()],
  ['package (publint)', () => quietly(nodeBin('publint'), ['--strict'])],
  ['types of the package (attw)', () => quietly(nodeBin('attw'), ['--pack', '--no-emoji'])],
  ['built libraries (objdump, readelf, nm)', checkBinaries],
  ['no paths of one machine', checkMachinePaths],
  ['planted breaks still apply (git apply --check)', checkBreaksApply],
];

/** Runs all checks; resolves to `{ passed, failed }`. */
export async function checkStatic() {
  let failed = 0;
  for (const [title, check] of CHECKS) {
    const start = performance.now();
    console.log(title);
    const violations = await check().catch((error) => {
      if (!(error instanceof CommandError)) throw error;
      return [error.output.trim(), error.message];
    });
    for (const violation of violations ?? []) console.log(violation.replace(/^(?=.)/gm, '    '));
    const failure = (violations ?? []).length > 0;
    if (failure) failed += 1;
    console.log(`  ${failure ? 'FAILED' : 'ok'} in ${seconds(start)}`);
  }
  return { passed: CHECKS.length - failed, failed };
}

async function quietly(command, args) {
  await run(command, args, { show: 'none' });
}

async function checkNativeFormat() {
  const sources = await nativeSources();
  const args = ['--dry-run', '-Werror'];
  const shown = ['clang-format', ...args, `(${sources.length} files of native/)`];
  try {
    await run(venvBin('clang-format'), [...args, ...sources], { show: 'none', shown });
    return [];
  } catch (error) {
    // It prints every line twice over; which files it means is enough, because it also mends them.
    const files = new Set(error.output?.match(/^native\/[^:]+(?=:)/gm));
    if (files.size === 0) throw error;
    return [...files, '`npm run format` mends these.'];
  }
}

/** Reads the project, or the folder of a test; so do the next two. */
export async function checkFloors(directory = root) {
  const args = ['lib', '--config', '.dependency-cruiser.cjs', '--output-type', 'err-long'];
  await run(nodeBin('depcruise'), args, { cwd: directory, show: 'none' });
}

/** One module loads the compiled addon, so that one module knows when and from where. */
export async function checkAddonDoor(directory = root) {
  const door = 'lib/native/addon.ts';
  const files = (await projectFiles(directory)).filter(
    (file) => /^lib\/.*\.[cm]?ts$/.test(file) && file !== door,
  );
  return findLines(directory, files, /\.node['"`]|\bdlopen\s*\(|\bcreateRequire\b/).map(
    (found) => `${found}\n  only ${door} loads the addon`,
  );
}

/** Nothing in the project may depend on where it lies. */
export async function checkMachinePaths(directory = root) {
  const pattern = /(?<![\w.~-])\/(work|tmp|root|home|Users)\/\w|\.\.\/shared\//;
  const files = (await projectFiles(directory)).filter((file) => file !== 'package-lock.json');
  return findLines(directory, files, pattern);
}

/** A break of a line that was rewritten since breaks nothing; `npm run verify:breaks` says the same, minutes later. */
export async function checkBreaksApply(directory = root) {
  const patches = (await projectFiles(directory)).filter((file) =>
    /^test\/breaks\/.*\.patch$/.test(file),
  );
  const tried = await Promise.all(
    patches.map(async (patch) => {
      const { code, output } = await probe('git', ['apply', '--check', patch], { cwd: directory });
      return code === 0 ? [] : [`${patch} no longer applies: ${output.trim()}`];
    }),
  );
  return tried.flat();
}

/** The lines of text files that match. */
function findLines(directory, files, pattern) {
  return files.flatMap((file) => {
    const bytes = fs.readFileSync(path.join(directory, file));
    if (bytes.subarray(0, 8000).includes(0)) return [];
    return bytes
      .toString()
      .split('\n')
      .flatMap((line, i) =>
        pattern.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 160)}`] : [],
      );
  });
}

async function checkBinaries() {
  if (process.platform !== 'linux') {
    console.log('  left out: these rules are about ELF files');
    return [];
  }
  const folder = path.join(root, 'build/Release');
  const libraries = fs.readdirSync(folder).filter((name) => /\.(node|so)$/.test(name));
  const violations = [];
  for (const name of libraries) {
    const file = path.join(folder, name);
    violations.push(
      ...checkBinary(name, {
        objdump: await read('objdump', ['-T', file]),
        readelf: await read('readelf', ['-dW', file]),
        nm: await read('nm', ['-D', '--defined-only', file]),
      }),
    );
  }
  return violations;
}

async function read(command, args) {
  const { code, output } = await probe(command, args);
  console.log(`  $ ${commandLine(command, args)}`);
  if (code !== 0) throw new CommandError(command, code, null, output);
  return output;
}

if (isMain(import.meta.url)) {
  main(async () => {
    await setup();
    const { passed, failed } = await checkStatic();
    console.log(`\nstatic checks: ${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = 1;
  });
}
