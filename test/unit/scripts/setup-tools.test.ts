// What the machine must bring: found on a PATH of stand-ins, and named with the command that installs it.
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { root } from '../../../scripts/run-command.mjs';
import { atLeast, requiredCMake, which } from '../../../scripts/setup-tools.mjs';
import { startModule } from './child';

let bin = '';
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'pse tools '));
});
afterEach(() => rmSync(bin, { recursive: true }));

/** Puts a program on the PATH: lines of sh. */
function add(name: string, script = '') {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** A Python of a version; `ensurepip`: the exit code of importing it. */
function addPython(name: string, version: string, ensurepip = 0) {
  const program = join(bin, name);
  add(name, `case "$2" in *ensurepip*) exit ${ensurepip} ;; esac\necho ${version} ${program}`);
}

/** Everything, as a well kept machine has it. */
function addAll() {
  addPython('python3', '3.12');
  add('c++');
  add('cmake', 'echo "cmake version 3.31.2"');
  add('ninja', 'echo 1.12.1');
}

/** What findTools finds with nothing but these on the PATH, or the message that it stops with. */
async function find(variables: NodeJS.ProcessEnv = {}) {
  const child = startModule(
    `import { findTools } from '@/setup-tools.mjs';
     const say = (what) => console.log(JSON.stringify(what));
     findTools().then((tools) => say({ tools }), ({ name, message }) => say({ name, message }));`,
    [],
    { PATH: bin, ...variables },
  );
  const { stdout, stderr } = await child.ended;
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

/** The lines of a message that names what is missing. */
async function missing(variables?: NodeJS.ProcessEnv): Promise<string[]> {
  const { name, message } = await find(variables);
  expect(name).toBe('SetupError');
  const [head, ...lines] = message.trimEnd().split('\n');
  expect(head).toBe('Missing on this machine:');
  return lines;
}

describe('finds', () => {
  beforeEach(addAll);

  test('every tool, by its file', async () => {
    expect(await find()).toEqual({
      tools: {
        python: join(bin, 'python3'),
        cxx: 'c++',
        cmake: join(bin, 'cmake'),
        ninja: join(bin, 'ninja'),
      },
    });
  });

  test('a newer Python behind an older python3', async () => {
    addPython('python3', '3.9');
    addPython('python3.11', '3.11');
    expect((await find()).tools.python).toBe(join(bin, 'python3.11'));
  });

  test('the program behind a shim, and not the Python of an active environment', async () => {
    add(
      'python3',
      'case "$2" in *ensurepip*) exit 0 ;; esac\necho 3.12 /usr/lib/the real/python3.12',
    );
    expect((await find()).tools.python).toBe('/usr/lib/the real/python3.12');
  });

  test('a Python with venv behind one without', async () => {
    addPython('python3', '3.12', 1);
    addPython('python3.11', '3.11');
    expect((await find()).tools.python).toBe(join(bin, 'python3.11'));
  });

  test('the first compiler that knows C++20', async () => {
    add('c++', 'echo "error: unrecognized option -std=c++20" >&2; exit 1');
    add('g++', 'exit 1');
    add('clang++');
    expect((await find()).tools.cxx).toBe('clang++');
  });

  test('the compiler that CXX names, with its flags', async () => {
    add('ccache', '[ "$1 $2" = "g++-13 -std=c++20" ]');
    expect((await find({ CXX: 'ccache g++-13' })).tools.cxx).toBe('ccache g++-13');
  });

  test.each([
    ['too old', 'echo "cmake version 3.19.8"'],
    ['broken', 'exit 1'],
    ['something else', 'echo "I am not CMake"'],
  ])('no CMake in one that is %s, which is not the end: pip has one', async (_, script) => {
    add('cmake', script);
    const { tools } = await find();
    expect(tools.cmake).toBe(undefined);
    expect(tools.python).toBe(join(bin, 'python3'));
  });

  test('no Ninja where there is none, which is not the end either', async () => {
    rmSync(join(bin, 'ninja'));
    expect((await find()).tools.ninja).toBe(undefined);
  });
});

describe('names what is missing', () => {
  beforeEach(addAll);
  const ALL_MANAGERS = (apt: string, dnf: string, brew: string) =>
    `sudo apt-get install ${apt} | sudo dnf install ${dnf} | brew install ${brew}`;
  const PYTHON = ALL_MANAGERS('python3 python3-venv', 'python3', 'python@3.12');

  test('Python', async () => {
    rmSync(join(bin, 'python3'));
    expect(await missing()).toEqual([`- Python 3.10 or newer; none is on the PATH: ${PYTHON}`]);
  });

  test('a Python that is not too old, and says which was seen', async () => {
    addPython('python3', '3.9');
    expect(await missing()).toEqual([`- Python 3.10 or newer; this is 3.9: ${PYTHON}`]);
  });

  test("Python's venv module, which some systems pack apart", async () => {
    addPython('python3', '3.12', 1);
    expect(await missing()).toEqual([`- Python's venv module for python3 3.12: ${PYTHON}`]);
  });

  test('a C++20 compiler, and says what each that was tried answered', async () => {
    add('c++', 'echo "error: unrecognized option -std=c++20" >&2; exit 1');
    add('g++', 'printf "try.cpp:2: no such file <bit>\\nand more\\n" >&2; exit 1');
    const hint = ALL_MANAGERS('g++', 'gcc-c++', 'llvm');
    expect(await missing()).toEqual([
      `- a C++20 compiler with OpenMP (g++ 11, clang++ 14 or newer): ${hint}`,
      '  c++: error: unrecognized option -std=c++20',
      '  g++: try.cpp:2: no such file <bit>',
      '  clang++: spawn clang++ ENOENT',
    ]);
  });

  test('the compiler that CXX names, and tries no other', async () => {
    const lines = await missing({ CXX: 'g++-99' });
    expect(lines.slice(1)).toEqual(['  g++-99: spawn g++-99 ENOENT']);
  });

  test('several things at once', async () => {
    rmSync(join(bin, 'python3'));
    rmSync(join(bin, 'c++'));
    const lines = await missing();
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(2);
  });

  test.each([
    ['apt-get', 'sudo apt-get install python3 python3-venv'],
    ['dnf', 'sudo dnf install python3'],
    ['brew', 'brew install python@3.12'],
  ])("with %s's command where that is the system's", async (manager, command) => {
    rmSync(join(bin, 'python3'));
    add(manager);
    expect(await missing()).toEqual([`- Python 3.10 or newer; none is on the PATH: ${command}`]);
  });
});

test('the program that tries a compiler compiles with the one of this machine', async () => {
  const child = startModule(
    `import { findTools } from '@/setup-tools.mjs';
     console.log((await findTools()).cxx);`,
  );
  expect((await child.ended).stdout.trim()).not.toBe('');
});

describe('atLeast', () => {
  test.each<[string, number[], boolean]>([
    ['20.19.0', [20, 19], true],
    ['20.20.2', [20, 19], true],
    ['20.18.3', [20, 19], false],
    ['22.0.0', [20, 19], true],
    ['9.99', [10], false],
    ['3.9', [3, 10], false],
    ['3.10', [3, 10], true],
    ['3', [3, 0], true],
    ['3', [3, 1], false],
    ['3.20.0', [3, 20], true],
  ])('%s against %p', (version, required, expected) => {
    expect(atLeast(version, required)).toBe(expected);
  });
});

describe('requiredCMake', () => {
  test("is read out of the project's own CMakeLists.txt", () => {
    const text = readFileSync(join(root, 'CMakeLists.txt'), 'utf8');
    expect(text).toContain(`cmake_minimum_required(VERSION ${requiredCMake().join('.')})`);
  });

  test.each<[string, number[]]>([
    ['cmake_minimum_required(VERSION 3.20)', [3, 20]],
    ['CMAKE_MINIMUM_REQUIRED( VERSION 3.25.1...4.0 FATAL_ERROR)', [3, 25, 1]],
  ])('reads %s', (text, expected) => {
    expect(requiredCMake(text)).toEqual(expected);
  });

  test('throws where there is none', () => {
    expect(() => requiredCMake('project(x)')).toThrow('no cmake_minimum_required');
  });
});

describe('which', () => {
  test('finds the first file of that name, through links, and no folder', () => {
    const [one, two] = [join(bin, 'one'), join(bin, 'two')];
    mkdirSync(join(one, 'tool'), { recursive: true });
    mkdirSync(two);
    add('real');
    symlinkSync(join(bin, 'real'), join(two, 'tool'));
    expect(which('tool', `${one}:${two}:${bin}`)).toBe(join(two, 'tool'));
    expect(which('tool', one)).toBe(undefined);
    expect(which('tool', '')).toBe(undefined);
  });

  test('takes an absolute path as it is', () => {
    add('real');
    expect(which(join(bin, 'real'), '/nowhere')).toBe(join(bin, 'real'));
  });
});
