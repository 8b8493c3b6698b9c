// npm run setup: everything that the other commands need, inside the project folder: npm packages, a Python environment
// with PyTorch (whose LibTorch is the one we build against), the native build, the TypeScript build.
// Every step is skipped when nothing that it reads has changed. Node's own modules only.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isMain, main, nodeBin, root, run, seconds, step } from './run-command.mjs';
import { withLock } from './setup-lock.mjs';
import { fingerprint, listFiles, Stamp } from './setup-stamps.mjs';
import { findTools, requiredCMake, SetupError, which } from './setup-tools.mjs';
import { CPU_INDEX, chooseTorch, reportedVersion, TORCH_VERSION } from './setup-torch.mjs';

/** The Python environment, and a program in it. */
export const venv = path.join(root, '.venv');
export const venvBin = (name) => path.join(venv, 'bin', name);

/** clang-format is pinned: every release of it formats a little differently. */
const CLANG_FORMAT = 'clang-format==19.1.7';
/** What the tests' Python side needs, where the file exists. */
const REQUIREMENTS = ['test/parity/requirements.txt', 'test/parity/labels/requirements.txt'];
/** Upstream's own packages, read by path and never imported as a whole: each in a folder of its own, without what it depends on. */
const UPSTREAM = ['paddleocr==2.10.0', 'mmocr==1.0.1', 'mmocr==0.6.3'];

/**
 * Brings everything up to date.
 * `tests: false` leaves out what only the tests read (`npm start` needs no PyTorch where PSE_LIBTORCH names a LibTorch);
 * `build: false` brings the tools alone, so that what does not compile can be formatted.
 */
export async function setup({ tests = true, build = true, allowCuda = false } = {}) {
  const start = performance.now();
  const worked = await withLock(path.join(root, 'build', 'setup.lock'), async () => {
    // A wrong folder is said now, not after everything has been brought.
    if (build && process.env.PSE_LIBTORCH) findLibTorch();
    const steps = [];
    const once = async (title, work) => {
      if (await work(title)) steps.push(title);
    };
    const tools = await checkTools();
    await once('npm packages', installNpmPackages);
    await once('Python environment', (title) => makeVenv(title, tools));
    await once('build tools', (title) => installBuildTools(title, tools));
    if (!build) return steps;
    const needsTorch = tests || !process.env.PSE_LIBTORCH;
    if (needsTorch) await once('PyTorch', (title) => installTorch(title, allowCuda));
    if (tests) {
      for (const file of REQUIREMENTS)
        await once(file, (title) => installRequirements(title, file));
      for (const name of UPSTREAM) await once(name, (title) => installUpstream(title, name));
    }
    await once('native build', (title) => buildNative(title, tools, findLibTorch()));
    await once('TypeScript build', buildTypeScript);
    return steps;
  });
  if (worked.length === 0) console.log(`setup: nothing to do (${seconds(start)})`);
  else console.log(`setup: ready (${seconds(start)})`);
}

/** Does a step unless its stamp says that it was done; `work` may return notes for the stamp and `results` to watch. */
async function unlessDone(title, stamp, expected, work) {
  if (stamp.matches(expected)) return false;
  stamp.remove();
  await step(`setup: ${title}`, async () => stamp.write(expected, (await work()) ?? {}));
  return true;
}

const buildStamp = (name) => new Stamp(path.join(root, 'build', 'setup', `${name}.json`));
const venvStamp = (name) => new Stamp(path.join(venv, 'setup', `${name}.json`));

async function checkTools() {
  const { PATH, CXX } = process.env;
  const expected = fingerprint({
    values: { node: process.versions.node, PATH, CXX, cmake: requiredCMake() },
  });
  const stamp = buildStamp('tools');
  if (!stamp.matches(expected)) {
    const tools = await findTools();
    const { python, cmake, ninja } = tools;
    stamp.write(expected, { tools, results: [python, cmake, ninja].filter(Boolean) });
  }
  return stamp.read().tools;
}

/** npm itself notes what it installed, last of all, in node_modules/.package-lock.json: that is held against our lock file. */
async function installNpmPackages(title) {
  const wanted = readJson('package-lock.json').packages;
  const installed = readJson('node_modules/.package-lock.json')?.packages ?? {};
  const upToDate = Object.entries(wanted).every(
    ([place, { version, optional, peer }]) =>
      place === '' ||
      installed[place]?.version === version ||
      (!installed[place] && (optional || peer)),
  );
  if (upToDate) return false;
  await step(`setup: ${title}`, () =>
    // NODE_ENV=production would leave out what builds and tests. No package of ours needs its install script, and that of
    // onnxruntime-node would download a CUDA build from elsewhere.
    run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], {
      show: 'failure',
    }),
  );
  return true;
}

/**
 * A folder that was moved or whose own Python has gone or changed is made anew, as is one that a broken-off set-up left;
 * not so when another Python comes first on the PATH.
 */
async function makeVenv(title, { python }) {
  const expected = fingerprint({ values: { root } });
  const stamp = venvStamp('venv');
  if (!fs.existsSync(venvBin('python'))) stamp.remove();
  return unlessDone(title, stamp, expected, async () => {
    await run(python, ['-m', 'venv', '--clear', venv], { show: 'failure' });
    // 23.2: the report of `--dry-run` is stable, and `--target` replaces what it finds.
    await pip(['install', 'pip>=23.2']);
    return { results: [fs.realpathSync(venvBin('python'))] };
  });
}

/** pip's warnings about `file:` locations of an index are noise: its output is shown when it fails. */
async function pip(args) {
  return run(
    venvBin('python'),
    ['-m', 'pip', args[0], '-q', '--disable-pip-version-check', ...args.slice(1)],
    {
      show: 'failure',
    },
  );
}

async function installTorch(title, allowCuda) {
  const expected = fingerprint({ values: { version: TORCH_VERSION } });
  return unlessDone(title, venvStamp('torch'), expected, async () => {
    const seen = {
      plain: await askPip(),
      platform: process.platform,
      allowCuda,
      cpuIndex: 'unknown',
    };
    let choice = chooseTorch(seen);
    if (choice.action === 'ask-cpu-index') {
      console.log(`  looking for a CPU build at ${CPU_INDEX} (at most 10 s)`);
      choice = chooseTorch({
        ...seen,
        cpuIndex: (await answers(`${CPU_INDEX}/torch/`)) ? 'open' : 'closed',
      });
    }
    if (choice.action === 'stop') throw new SetupError(choice.reason);
    const index = choice.index ? ['--extra-index-url', choice.index] : [];
    await pip(['install', choice.requirement, ...index]);
  });
}

/** The version that the plain name stands for on pip's index; undefined if it has none for us. */
async function askPip() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-pip-'));
  const report = path.join(folder, 'report.json');
  try {
    const args = ['install', '--dry-run', '--ignore-installed', '--no-deps', '--report', report];
    await pip([...args, `torch==${TORCH_VERSION}`]);
    return reportedVersion(JSON.parse(fs.readFileSync(report, 'utf8')));
  } catch (error) {
    if (error.name !== 'CommandError') throw error;
    return undefined;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function answers(url) {
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(10_000) })).ok;
  } catch {
    return false;
  }
}

/** clang-format, and CMake and Ninja where the machine has none that will do. */
async function installBuildTools(title, { cmake, ninja }) {
  const packages = [CLANG_FORMAT];
  if (!cmake) packages.push(`cmake>=${requiredCMake().join('.')}`);
  if (!ninja) packages.push('ninja');
  const expected = fingerprint({ values: { packages } });
  return unlessDone(title, venvStamp('build-tools'), expected, () => pip(['install', ...packages]));
}

async function installRequirements(title, file) {
  if (!fs.existsSync(path.join(root, file))) return false;
  const expected = fingerprint({ files: [path.join(root, file)] });
  const stamp = venvStamp(file.replaceAll('/', '-'));
  return unlessDone(title, stamp, expected, () => pip(['install', '-r', file]));
}

async function installUpstream(title, requirement) {
  const folder = requirement.replace('==', '-');
  const target = path.join(venv, 'upstream', folder);
  const expected = fingerprint({ values: { requirement } });
  return unlessDone(title, venvStamp(folder), expected, async () => {
    fs.rmSync(target, { recursive: true, force: true });
    await pip(['install', '--no-deps', '--target', target, requirement]);
  });
}

/** The LibTorch to build against: the one that PSE_LIBTORCH names, else that of the environment's PyTorch. */
export function findLibTorch({ PSE_LIBTORCH } = process.env) {
  const named = PSE_LIBTORCH && path.resolve(PSE_LIBTORCH);
  const candidates = named ? [named, path.dirname(named)] : wheelFolders();
  const directory = candidates.find((folder) =>
    fs.existsSync(path.join(folder, 'include', 'ATen')),
  );
  if (directory === undefined) {
    const where = named ? `PSE_LIBTORCH=${PSE_LIBTORCH}` : venv;
    throw new SetupError(`No LibTorch with include/ and lib/ in ${where}.`);
  }
  return { directory, version: libTorchVersion(directory) };
}

function wheelFolders() {
  const lib = path.join(venv, 'lib');
  const pythons = fs.existsSync(lib) ? fs.readdirSync(lib) : [];
  return pythons.map((python) => path.join(lib, python, 'site-packages', 'torch'));
}

/** `2.13.0+cpu`, out of the file that a wheel or a zip of LibTorch has. */
function libTorchVersion(directory) {
  const read = (file) => {
    const place = path.join(directory, file);
    return fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : '';
  };
  const version =
    /__version__\s*=\s*['"]([^'"]+)/.exec(read('version.py'))?.[1] ??
    (read('build-version').trim() || undefined) ??
    /PACKAGE_VERSION "([^"]+)"/.exec(read('share/cmake/Torch/TorchConfigVersion.cmake'))?.[1];
  if (version === undefined) throw new SetupError(`No version of LibTorch found in ${directory}.`);
  return version;
}

async function buildNative(title, tools, libtorch) {
  const expected = fingerprint({
    values: {
      root,
      libtorch,
      compiler: tools.cxx,
      tools: ['cmake-js', 'node-addon-api'].map(installedVersion),
    },
    files: ['native', 'CMakeLists.txt'].map((file) => path.join(root, file)),
  });
  const release = path.join(root, 'build', 'Release');
  return unlessDone(title, buildStamp('native'), expected, async () => {
    forgetOldBuild(tools.cxx, libtorch.directory);
    const { command, args, env } = nativeBuild(libtorch.directory, tools);
    const output = await run(command, args, { env, show: 'failure' });
    if (/warning:/i.test(output)) process.stdout.write(output);
    const minor = /^\d+\.\d+/.exec(libtorch.version)?.[0];
    const operators = path.join(release, `libpse_ops-${minor}.so`);
    if (!fs.existsSync(operators))
      throw new SetupError(`The build made no ${operators}, for LibTorch ${libtorch.version}.`);
    // Operators for another release of LibTorch are of older sources.
    for (const name of fs.readdirSync(release))
      if (/^libpse_/.test(name) && !name.includes(`-${minor}`)) fs.rmSync(path.join(release, name));
    // By this the addon finds, when it runs, the LibTorch that it was built against.
    const record = { directory: path.join(libtorch.directory, 'lib'), version: libtorch.version };
    fs.writeFileSync(path.join(release, 'libtorch.json'), `${JSON.stringify(record, null, 2)}\n`);
    const built = fs.readdirSync(release).filter((name) => /\.(node|so|dylib|json)$/.test(name));
    return { results: built.map((name) => path.join(release, name)) };
  });
}

/** The command that builds native/ in the folder where it runs; `tools` as the last set-up found them. */
export function nativeBuild(libtorch, tools = buildStamp('tools').read().tools) {
  const { cxx, cmake, ninja } = tools;
  const env = { ...process.env, CXX: cxx };
  if (!cmake || !ninja) env.PATH = [path.join(venv, 'bin'), env.PATH].join(path.delimiter);
  // With it cmake-js would take the headers of the system's Node and leave out node-addon-api.
  delete env.npm_config_nodedir;
  // `build`, never `compile`: that one wipes the build folder when a file does not compile.
  const args = ['build', '-G', 'Ninja', `--CDPSE_LIBTORCH=${libtorch}`];
  return { command: nodeBin('cmake-js'), args, env };
}

/**
 * CMake refuses a build folder that was made for another place, and keeps to the compiler and the LibTorch that it met
 * first: `cmake-js build` does not configure a folder again.
 */
function forgetOldBuild(cxx, libtorch) {
  const cache = path.join(root, 'build', 'CMakeCache.txt');
  if (!fs.existsSync(cache)) return;
  const text = fs.readFileSync(cache, 'utf8');
  const value = (name) => new RegExp(`^${name}:\\w+=(.*)$`, 'm').exec(text)?.[1];
  const compiler = which(cxx.split(' ')[0]);
  const same =
    value('CMAKE_HOME_DIRECTORY') === root &&
    value('CMAKE_CXX_COMPILER') === compiler &&
    value('PSE_LIBTORCH') === libtorch;
  if (same) return;
  fs.rmSync(cache);
  fs.rmSync(path.join(root, 'build', 'CMakeFiles'), { recursive: true, force: true });
}

async function buildTypeScript(title) {
  const dist = path.join(root, 'dist');
  const expected = fingerprint({
    values: { typescript: installedVersion('typescript') },
    files: ['lib', 'tsconfig.json', 'binding.gyp.d.ts'].map((file) => path.join(root, file)),
  });
  return unlessDone(title, buildStamp('typescript'), expected, async () => {
    // A module that was removed from lib/ must not live on in the package.
    fs.rmSync(dist, { recursive: true, force: true });
    await run(nodeBin('tsc'), ['-p', '.'], { show: 'failure' });
    return { results: listFiles(dist) };
  });
}

function installedVersion(name) {
  return readJson(`node_modules/${name}/package.json`)?.version;
}

function readJson(file) {
  const place = path.join(root, file);
  return fs.existsSync(place) ? JSON.parse(fs.readFileSync(place, 'utf8')) : undefined;
}

if (isMain(import.meta.url)) {
  const { values } = parseArgs({
    options: { 'allow-cuda-wheel': { type: 'boolean', default: false } },
  });
  main(() => setup({ allowCuda: values['allow-cuda-wheel'] }));
}
