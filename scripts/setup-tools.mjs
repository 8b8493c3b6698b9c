// What the machine must bring, tried rather than looked up, and the command that installs what is missing.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { probe, root } from './run-command.mjs';

/** Node 20.19 is the first of line 20 that can `require` an ES module, which tools of ours use. */
const NODE = [20, 19];
/** The oldest Python for which torch 2.13 has wheels. */
const PYTHON = [3, 10];

/** Tells C++20 in the compiler and its library, and OpenMP, from a compiler that only knows the flags. */
const CXX20_PROGRAM = `
#include <omp.h>
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
template <std::integral T> constexpr T twice(T x) { return x + x; }
struct Pair { int a; int b; };
int main() {
  constexpr Pair pair{.a = 1, .b = 2};
  const int values[] = {pair.a, pair.b};
  return static_cast<int>(std::span(values).size()) - twice(1) + std::popcount(std::uint32_t{0});
}
`;

/** What is missing, said at once and with the way out. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Finds Python, a C++20 compiler, CMake and Ninja; throws SetupError that names all that is missing. */
export async function findTools() {
  const missing = [];
  if (!atLeast(process.versions.node, NODE)) {
    missing.push(
      `Node.js ${NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org/en/download`,
    );
  }
  const python = await findPython(missing);
  const cxx = await findCompiler(missing);
  const cmake = await findCMake();
  const ninja = (await probe('ninja', ['--version'])).code === 0 ? which('ninja') : undefined;
  if (missing.length > 0) {
    throw new SetupError(
      `Missing on this machine:\n${missing.map((line) => `- ${line}\n`).join('')}`,
    );
  }
  return { python, cxx, cmake, ninja };
}

/** The oldest CMake that will do, as CMakeLists.txt itself says. */
export function requiredCMake(text = fs.readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8')) {
  const version = /cmake_minimum_required\s*\(\s*VERSION\s+(\d+(?:\.\d+)*)/i.exec(text)?.[1];
  if (version === undefined)
    throw new Error('CMakeLists.txt: no cmake_minimum_required(VERSION …)');
  return version.split('.').map(Number);
}

/** The file that a command name stands for, or undefined. */
export function which(name, searchPath = process.env.PATH ?? '') {
  for (const directory of searchPath.split(path.delimiter)) {
    const file = path.resolve(directory, name);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  }
  return undefined;
}

/** `atLeast('20.19.1', [20, 19])` */
export function atLeast(version, required) {
  const parts = version.split('.').map(Number);
  for (const [i, minimum] of required.entries()) {
    const part = parts[i] ?? 0;
    if (part !== minimum) return part > minimum;
  }
  return true;
}

async function findPython(missing) {
  const hint = install({
    apt: 'python3 python3-venv',
    dnf: 'python3',
    brew: 'python@3.12',
  });
  let found;
  let withoutVenv;
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    // The program itself: not a shim in front of it, nor the one of an active environment, ours perhaps.
    const question =
      'import sys; print("%d.%d" % sys.version_info[:2], getattr(sys, "_base_executable", "") or sys.executable)';
    const { code, output } = await probe(name, ['-c', question]);
    if (code !== 0) continue;
    const [, version, program] = /^(\S+) (.+)$/m.exec(output) ?? [];
    found ??= version;
    if (version === undefined || !atLeast(version, PYTHON)) continue;
    // Debian and Ubuntu leave ensurepip to a package of its own, and venv fails half-way without it.
    if ((await probe(name, ['-c', 'import venv, ensurepip'])).code === 0) return program;
    withoutVenv ??= `${name} ${version}`;
  }
  const seen = found === undefined ? 'none is on the PATH' : `this is ${found}`;
  missing.push(
    withoutVenv === undefined
      ? `Python ${PYTHON.join('.')} or newer; ${seen}: ${hint}`
      : `Python's venv module for ${withoutVenv}: ${hint}`,
  );
  return undefined;
}

async function findCompiler(missing) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pse-loss-cxx-'));
  const source = path.join(folder, 'try.cpp');
  fs.writeFileSync(source, CXX20_PROGRAM);
  const tried = [];
  try {
    for (const name of process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++']) {
      const [command, ...flags] = name.split(' ');
      const args = [...flags, '-std=c++20', '-fopenmp', source, '-o', path.join(folder, 'try')];
      const { code, output } = await probe(command, args);
      if (code === 0) return name;
      tried.push(`  ${name}: ${output.trim().split('\n')[0]}`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  const hint = install({ apt: 'g++', dnf: 'gcc-c++', brew: 'llvm' });
  missing.push(
    `a C++20 compiler with OpenMP (g++ 11, clang++ 14 or newer): ${hint}\n${tried.join('\n')}`,
  );
  return undefined;
}

async function findCMake() {
  const { code, output } = await probe('cmake', ['--version']);
  const version = /version ([\d.]+)/.exec(output)?.[1];
  return code === 0 && version && atLeast(version, requiredCMake()) ? which('cmake') : undefined;
}

/** The command that installs packages here; all three where the system is not known. */
function install(packages) {
  const commands = {
    apt: `sudo apt-get install ${packages.apt}`,
    dnf: `sudo dnf install ${packages.dnf}`,
    brew: `brew install ${packages.brew}`,
  };
  const manager = ['apt-get', 'dnf', 'brew'].find((name) => which(name) !== undefined);
  const known = { 'apt-get': commands.apt, dnf: commands.dnf, brew: commands.brew }[manager];
  return known ?? Object.values(commands).join(' | ');
}
