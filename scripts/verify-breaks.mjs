// npm run verify:breaks [-- name…]: shows that the tests can fail. Each patch of test/breaks/ is applied to a copy of the
// project, one by one, and the test that it names must turn red; without the patch the same test must be green.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isMain, main, nodeBin, probe, root, seconds } from './run-command.mjs';
import { nativeBuild, setup } from './setup.mjs';
import { projectFiles } from './sources.mjs';

/** What Jest reads as a pattern, out of a name that may hold any sign. */
export const literally = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `{ name, tests: [{ file, test }], touches: [path] }` out of a patch's text; throws where the header is missing. */
export function readPatch(name, text) {
  const [header, ...rest] = text.split(/^(?=diff --git |--- )/m);
  const tests = [...(header ?? '').matchAll(/^Turns-Red:\s*(\S+)\s*::\s*(.+?)\s*$/gm)].map(
    ([, file, test]) => ({ file, test }),
  );
  if (tests.length === 0)
    throw new Error(`${name}: no line "Turns-Red: <test file> :: <test name>" above the diff`);
  const touches = [...rest.join('').matchAll(/^\+\+\+ b\/(\S+)/gm)].map(([, file]) => file);
  if (touches.length === 0) throw new Error(`${name}: no file is changed`);
  return { name, tests, touches };
}

/** Applies every patch, or those whose name contains one of `wanted`; resolves to `{ passed, failed }`. */
export async function verifyBreaks(wanted = []) {
  const patches = readPatches(wanted);
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-breaks-'));
  try {
    await copyProject(copy);
    const before = await runTests(
      copy,
      patches.flatMap(({ tests }) => tests),
    );
    const rows = [];
    for (const patch of patches) {
      const start = performance.now();
      const verdict = greenBefore(patch, before) ?? (await verify(copy, patch));
      rows.push({ name: patch.name, verdict, took: seconds(start) });
      console.log(`  ${patch.name}: ${verdict.split('\n')[0]} (${rows.at(-1).took})`);
    }
    return report(rows);
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}

/** Those of TypeScript first: after a native one, the addon is what the patch made of it until the next is built. */
function readPatches(wanted) {
  const folder = path.join(root, 'test/breaks');
  const patches = fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.patch'))
    .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
    .map((name) => readPatch(name, fs.readFileSync(path.join(folder, name), 'utf8')));
  const native = ({ touches }) => touches.some(isNative);
  return [...patches.filter((patch) => !native(patch)), ...patches.filter(native)];
}

/** Every test once, on the copy as it is: `{ passed, failed, output }` by its description. */
async function runTests(copy, tests) {
  const results = new Map();
  for (const test of tests) {
    if (results.has(describe(test))) continue;
    results.set(describe(test), await runTest(copy, test));
  }
  console.log(`  ${results.size} tests were run without a patch`);
  return results;
}

/** What is wrong with a patch whose test does not pass without it. */
function greenBefore({ tests }, before) {
  for (const test of tests) {
    const { passed, failed, output } = before.get(describe(test));
    if (failed > 0 || passed === 0)
      return `${describe(test)} is not green without the patch\n${output}`;
  }
  return undefined;
}

/** 'red', as it should be, or what went otherwise. */
async function verify(copy, { name, tests, touches }) {
  const patch = path.join(root, 'test/breaks', name);
  const applied = await git(copy, ['apply', '--whitespace=nowarn', patch]);
  if (applied.code !== 0) return `no longer applies\n${applied.output}`;
  try {
    const built = await build(copy, touches);
    if (built.code !== 0) return `does not compile\n${built.output}`;
    for (const test of tests) {
      const { passed, failed, output } = await runTest(copy, test);
      if (failed > 0) continue;
      return `${describe(test)} ${passed > 0 ? 'stays green' : 'cannot run'}\n${output}`;
    }
    return 'red';
  } finally {
    await git(copy, ['apply', '--whitespace=nowarn', '--reverse', patch]);
    // The next patch is tried on what lib/ says again; the addon is built again by the next native patch.
    await build(
      copy,
      touches.filter((file) => !isNative(file)),
    );
  }
}

const isNative = (file) => file.startsWith('native/') || file === 'CMakeLists.txt';
/** Child processes of the tests run dist/. */
const isTypeScript = (file) => file.startsWith('lib/') || file === 'binding.gyp.d.ts';
const describe = ({ file, test }) => `${file} :: ${test}`;

/** The sources as they lie here, committed or not. Installed packages are shared; the build is the copy's own. */
async function copyProject(copy) {
  for (const file of await projectFiles()) {
    fs.mkdirSync(path.join(copy, path.dirname(file)), { recursive: true });
    fs.copyFileSync(path.join(root, file), path.join(copy, file));
  }
  for (const name of ['node_modules', '.venv']) {
    fs.symlinkSync(path.join(root, name), path.join(copy, name));
  }
  fs.cpSync(path.join(root, 'dist'), path.join(copy, 'dist'), { recursive: true });
  // Without it Git would look for the repository of a folder further up.
  await git(copy, ['init', '-q']);
  fs.cpSync(path.join(root, 'build/Release'), path.join(copy, 'build/Release'), {
    recursive: true,
  });
}

/** Builds what these files are part of; resolves to `{ code, output }`. */
async function build(copy, touches) {
  if (touches.some(isNative)) {
    const built = await buildNative(copy);
    if (built.code !== 0) return built;
  }
  if (!touches.some(isTypeScript)) return { code: 0, output: '' };
  // A break may leave a variable unused: types are not the point here.
  return probe(nodeBin('tsc'), ['-p', '.', '--noCheck'], { cwd: copy });
}

async function buildNative(copy) {
  const { directory } = JSON.parse(
    fs.readFileSync(path.join(root, 'build/Release/libtorch.json'), 'utf8'),
  );
  const { command, args, env } = nativeBuild(path.dirname(directory));
  return probe(command, args, { cwd: copy, env });
}

async function runTest(copy, { file, test }) {
  const results = path.join(copy, 'build/results.json');
  fs.rmSync(results, { force: true });
  const jest = path.join(copy, 'node_modules/jest/bin/jest.js');
  const args = [
    jest,
    '--rootDir',
    copy,
    '--runTestsByPath',
    file,
    '-t',
    literally(test),
    '--json',
    `--outputFile=${results}`,
  ];
  const { output } = await probe(process.execPath, args, { cwd: copy });
  if (!fs.existsSync(results)) return { passed: 0, failed: 0, output };
  const { numPassedTests, numFailedTests } = JSON.parse(fs.readFileSync(results, 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests, output: numFailedTests ? output : '' };
}

function git(copy, args) {
  return probe('git', args, { cwd: copy });
}

function report(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length), 0);
  console.log();
  for (const { name, verdict, took } of rows) {
    const ok = verdict === 'red';
    console.log(
      `${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(width)}  ${took}  ${verdict.split('\n')[0]}`,
    );
    if (!ok)
      console.log(
        verdict
          .split('\n')
          .slice(1)
          .join('\n')
          .replace(/^(?=.)/gm, '    '),
      );
  }
  const passed = rows.filter(({ verdict }) => verdict === 'red').length;
  return { passed, failed: rows.length - passed };
}

if (isMain(import.meta.url)) {
  main(async () => {
    await setup();
    const { passed, failed } = await verifyBreaks(process.argv.slice(2));
    console.log(`\n${passed} breaks turned their tests red, ${failed} did not`);
    if (failed > 0 || passed === 0) process.exitCode = 1;
  });
}
