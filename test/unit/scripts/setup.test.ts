// Set-up from a clean clone on, on a machine of stand-ins: what it calls, in which order, what it says, and when it has
// nothing to do.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { root } from '../../../scripts/run-command.mjs';
import { type Machine, makeMachine } from './machine';

let machine: Machine;
beforeEach(async () => {
  machine = await makeMachine();
});
afterEach(() => machine.remove());

const setup = (variables: NodeJS.ProcessEnv = {}, args: readonly string[] = []) =>
  machine.run('setup.mjs', args, variables);

/** A stand-in for PyTorch's index, which the tests do not ask. */
const index = (answer: 'open' | 'closed') => ({
  NODE_OPTIONS: `--import=data:text/javascript,globalThis.fetch=async()=>({ok:${answer === 'open'}})`,
});

const PIP = 'python -m pip install -q --disable-pip-version-check';
const TORCH = '.venv/lib/python3.11/site-packages/torch';
const BUILD = `cmake-js build -G Ninja --CDPSE_LIBTORCH=${TORCH}`;

describe('from a clean clone', () => {
  test('brings packages, Python, tools, PyTorch, and builds', async () => {
    const { code, output, called } = await setup();
    expect(output).toContain('setup: ready');
    expect(called.map((line) => line.replace(/--report \S.*json/, '--report FILE'))).toEqual([
      'npm ci --include=dev --ignore-scripts --no-audit --no-fund',
      'python3 -m venv --clear .venv',
      `${PIP} pip>=23.2`,
      `${PIP} clang-format==19.1.7`,
      `${PIP} --dry-run --ignore-installed --no-deps --report FILE torch==2.13.0`,
      `${PIP} torch==2.13.0`,
      `${PIP} --no-deps --target .venv/upstream/paddleocr-2.10.0 paddleocr==2.10.0`,
      `${PIP} --no-deps --target .venv/upstream/mmocr-1.0.1 mmocr==1.0.1`,
      `${PIP} --no-deps --target .venv/upstream/mmocr-0.6.3 mmocr==0.6.3`,
      BUILD,
      'tsc -p .',
    ]);
    expect(code).toBe(0);
  });

  test('prints each command before it runs, and the time that each step took', async () => {
    const { output } = await setup();
    expect(output).toContain(
      'setup: npm packages\n  $ npm ci --include=dev --ignore-scripts --no-audit --no-fund\n  done in ',
    );
    expect(output).toContain(
      `setup: native build\n  $ node_modules/.bin/cmake-js build -G Ninja --CDPSE_LIBTORCH=${TORCH}\n  done in `,
    );
  });

  test('records the LibTorch that the addon was built against', async () => {
    await setup();
    const record = readFileSync(join(machine.project, 'build/Release/libtorch.json'), 'utf8');
    const directory = join(machine.project, TORCH, 'lib');
    expect(JSON.parse(record)).toEqual({ directory, version: '2.13.0+cpu' });
  });

  test('builds for npm start without what only the tests read, and hands its arguments on', async () => {
    machine.write('LibTorch/build-version', '2.14.1+cu130\n');
    machine.write('LibTorch/include/ATen/ATen.h');
    const { code, output, called } = await machine.run('start.mjs', ['--steps', '3'], {
      PSE_LIBTORCH: 'LibTorch',
    });
    expect(called.filter((line) => /torch==|paddleocr|mmocr/.test(line))).toEqual([]);
    expect(called).toContain('cmake-js build -G Ninja --CDPSE_LIBTORCH=LibTorch');
    expect(output).toMatch(/\$ pse-loss fit --steps 3\nfits fit --steps 3\n$/);
    expect(code).toBe(7);
  });

  test('takes CMake and Ninja from PyPI, before those of the machine, where the machine has none that will do', async () => {
    const { called } = await setup({ FAKE_CMAKE: '3.19.8' });
    expect(called).toContain(`${PIP} clang-format==19.1.7 cmake>=3.20`);
    const environment = readFileSync(join(machine.project, 'build/environment'), 'utf8');
    expect(environment).toContain(`PATH is ${join(machine.project, '.venv/bin')}:`);
    machine.take('ninja');
    expect((await setup({ FAKE_CMAKE: '3.19.8' })).called).toContain(
      `${PIP} clang-format==19.1.7 cmake>=3.20 ninja`,
    );
  });
});

describe('a second time', () => {
  beforeEach(() => setup());

  test('does nothing and says so', async () => {
    const { code, output, called } = await setup();
    expect(called).toEqual([]);
    expect(output).toMatch(/^setup: nothing to do \(\d\.\d s\)\n$/);
    expect(code).toBe(0);
  });

  const changes: readonly [string, () => void, readonly string[]][] = [
    ['a C++ source', () => machine.write('native/pse.h', '//'), [BUILD]],
    ['a new C++ source', () => machine.write('native/new.h'), [BUILD]],
    ['a TypeScript source', () => machine.write('lib/index.ts', '//'), ['tsc -p .']],
    ['a TypeScript source that is gone', () => remove('lib/index.ts'), ['tsc -p .']],
    ['a compiled module that is gone', () => remove('dist/cli/main.js'), ['tsc -p .']],
    ['an addon that is gone', () => remove('build/Release/pse_loss.node'), [BUILD]],
    [
      'an addon that another build wrote',
      () => machine.write('build/Release/pse_loss.node', 'x'),
      [BUILD],
    ],
    [
      'packages that are gone',
      () => remove('node_modules/.package-lock.json'),
      ['npm ci --include=dev --ignore-scripts --no-audit --no-fund'],
    ],
    [
      'another version in the lock file',
      () =>
        machine.write('package-lock.json', '{"packages": {"node_modules/x": {"version": "2"}}}'),
      ['npm ci --include=dev --ignore-scripts --no-audit --no-fund'],
    ],
    [
      'a requirement of the tests',
      () => machine.write('test/parity/requirements.txt', 'numpy'),
      [`${PIP} -r test/parity/requirements.txt`],
    ],
  ];
  test.each(changes)('does what belongs to %s, and no more', async (_, change, expected) => {
    change();
    expect((await setup()).called).toEqual(expected);
    expect((await setup()).called).toEqual([]);
  });

  test.each([
    ['it has gone', '.venv'],
    ['its Python has gone', '.venv/bin/python'],
  ])('makes the Python environment anew when %s', async (_, entry) => {
    remove(entry);
    const { called } = await setup();
    expect(called[0]).toBe('python3 -m venv --clear .venv');
    expect(called).toContain(`${PIP} torch==2.13.0`);
  });

  test('leaves out optional packages of other machines, and takes none that are missing', async () => {
    const packages = (notes: object) =>
      JSON.stringify({
        packages: { 'node_modules/x': { version: '1.0.0' }, 'node_modules/y': notes },
      });
    machine.write('package-lock.json', packages({ version: '1.0.0', optional: true }));
    expect((await setup()).called).toEqual([]);
    machine.write('package-lock.json', packages({ version: '1.0.0' }));
    expect((await setup()).called).toEqual([
      'npm ci --include=dev --ignore-scripts --no-audit --no-fund',
    ]);
  });

  test('forgets the modules of sources that are gone', async () => {
    machine.write('dist/old.js');
    machine.write('lib/index.ts', '// changed');
    await setup();
    expect(existsSync(join(machine.project, 'dist/old.js'))).toBe(false);
  });

  test('forgets operators for another LibTorch, and nothing else, when it builds', async () => {
    for (const name of ['libpse_ops-2.12.so', 'libpse_cuda-2.12-cu13.so', 'libother.so'])
      machine.write(`build/Release/${name}`);
    machine.write('native/pse.h', '//');
    await setup();
    expect(readdirSync(join(machine.project, 'build/Release')).sort()).toEqual([
      'libother.so',
      'libpse_ops-2.13.so',
      'libtorch.json',
      'pse_loss.node',
    ]);
  });

  const caches: readonly [string, (values: Cache) => Cache, boolean][] = [
    ["keeps CMake's cache", (cache) => cache, true],
    [
      'drops the cache of a folder that was moved',
      (cache) => ({ ...cache, home: '/elsewhere' }),
      false,
    ],
    [
      'drops the cache of another compiler',
      (cache) => ({ ...cache, compiler: '/bin/g++-9' }),
      false,
    ],
    [
      'drops the cache of another LibTorch',
      (cache) => ({ ...cache, libtorch: '/opt/libtorch' }),
      false,
    ],
  ];
  test.each(caches)('%s when it builds', async (_, change, kept) => {
    const compiler = join(machine.project, '../bin/c++');
    const libtorch = join(machine.project, TORCH);
    const cached = change({ home: machine.project, compiler, libtorch });
    const cache = [
      '// of an earlier build',
      `CMAKE_CXX_COMPILER:FILEPATH=${cached.compiler}`,
      `CMAKE_HOME_DIRECTORY:INTERNAL=${cached.home}`,
      `PSE_LIBTORCH:PATH=${cached.libtorch}`,
      '',
    ].join('\n');
    machine.write('build/CMakeCache.txt', cache);
    machine.write('native/pse.h', '//');
    await setup();
    const after = readFileSync(join(machine.project, 'build/CMakeCache.txt'), 'utf8');
    expect(after === cache).toBe(kept);
  });
});

interface Cache {
  readonly home: string;
  readonly compiler: string;
  readonly libtorch: string;
}

function remove(entry: string) {
  rmSync(join(machine.project, entry), { recursive: true });
}

describe('PyTorch', () => {
  test("comes from PyTorch's index where the plain name is a CUDA build", async () => {
    const { code, output, called } = await setup({ FAKE_TORCH: '2.13.0', ...index('open') });
    expect(output).toContain('looking for a CPU build at https://download.pytorch.org/whl/cpu');
    expect(called).toContain(
      `${PIP} torch==2.13.0+cpu --extra-index-url https://download.pytorch.org/whl/cpu`,
    );
    expect(code).toBe(0);
  });

  test('stops before a CUDA build is downloaded, says how large it is and what to do', async () => {
    const { code, output, called } = await setup({ FAKE_TORCH: '2.13.0', ...index('closed') });
    expect(output).toMatch(/CUDA build \(about \d GB to download and \d GB on disk\)/);
    expect(output).toContain('npm run setup -- --allow-cuda-wheel');
    expect(output).not.toContain('    at ');
    expect(called.filter((line) => /torch==/.test(line) && !/--dry-run/.test(line))).toEqual([]);
    expect(code).toBe(1);
  });

  test('takes a CUDA build that was asked for, without asking the index', async () => {
    const { output, called } = await setup({ FAKE_TORCH: '2.13.0' }, ['--allow-cuda-wheel']);
    expect(output).not.toContain('looking for a CPU build');
    expect(called).toContain(`${PIP} torch==2.13.0`);
  });

  test("is looked for at PyTorch's index where pip has none", async () => {
    const { called } = await setup({ FAKE_FAIL: '--dry-run', ...index('open') });
    expect(called).toContain(
      `${PIP} torch==2.13.0+cpu --extra-index-url https://download.pytorch.org/whl/cpu`,
    );
  });
});

describe('PSE_LIBTORCH', () => {
  test.each(['nowhere', '.'])('says at once that %s holds no LibTorch', async (folder) => {
    const { code, output, called } = await setup({ PSE_LIBTORCH: folder });
    expect(output).toBe(`\nNo LibTorch with include/ and lib/ in PSE_LIBTORCH=${folder}.\n`);
    expect(called).toEqual([]);
    expect(code).toBe(1);
  });

  test.each(['LibTorch', 'LibTorch/lib'])('is built against when it names %s', async (folder) => {
    machine.write('LibTorch/version.py', "__version__ = '2.14.1+cu130'\n");
    machine.write('LibTorch/include/ATen/ATen.h');
    const { code, called } = await setup({ PSE_LIBTORCH: folder });
    expect(called).toContain('cmake-js build -G Ninja --CDPSE_LIBTORCH=LibTorch');
    expect(code).toBe(0);
  });

  test('builds anew when it is set and when it is not any more', async () => {
    machine.write('LibTorch/version.py', "__version__ = '2.14.1'\n");
    machine.write('LibTorch/include/ATen/ATen.h');
    await setup();
    expect((await setup({ PSE_LIBTORCH: 'LibTorch' })).called).toEqual([
      'cmake-js build -G Ninja --CDPSE_LIBTORCH=LibTorch',
    ]);
    expect((await setup({ PSE_LIBTORCH: 'LibTorch' })).called).toEqual([]);
    expect((await setup()).called).toEqual([BUILD]);
  });

  test('is what the operators are made for, also after a build for another, and back', async () => {
    machine.write('LibTorch/version.py', "__version__ = '2.14.1'\n");
    machine.write('LibTorch/include/ATen/ATen.h');
    const operators = () =>
      readdirSync(join(machine.project, 'build/Release')).filter((name) => /^libpse/.test(name));
    await setup();
    expect(operators()).toEqual(['libpse_ops-2.13.so']);
    await setup({ PSE_LIBTORCH: 'LibTorch' });
    expect(operators()).toEqual(['libpse_ops-2.14.so']);
    await setup();
    expect(operators()).toEqual(['libpse_ops-2.13.so']);
  });

  test('needs a folder that says its release', async () => {
    machine.write('LibTorch/include/ATen/ATen.h');
    const { code, output } = await setup({ PSE_LIBTORCH: 'LibTorch' });
    expect(output).toContain('No version of LibTorch found in <project>/LibTorch.');
    expect(code).toBe(1);
  });
});

describe('a step that does not come to its end', () => {
  test.each([
    ['npm ci', 'npm ci --include=dev --ignore-scripts --no-audit --no-fund'],
    ['-m venv', 'python3 -m venv --clear .venv'],
    ['install -q --disable-pip-version-check torch', `${PIP} torch==2.13.0`],
    ['cmake-js', BUILD],
    ['tsc', 'tsc -p .'],
  ])('%s: its output is shown, and the next set-up does it again', async (part, again) => {
    const failed = await setup({ FAKE_FAIL: part });
    expect(failed.output).toMatch(/^ {4}.*: no space left$/m);
    expect(failed.output).toMatch(/: exit code 3\n$/);
    expect(failed.code).toBe(1);
    const { code, called } = await setup();
    expect(called).toContain(again);
    expect(code).toBe(0);
  });

  test('is not taken for done when what it read is put back: half of it may have been done', async () => {
    const file = 'test/parity/requirements.txt';
    machine.write(file, 'numpy==1');
    await setup();
    machine.write(file, 'numpy==2');
    expect((await setup({ FAKE_FAIL: '-r test' })).code).toBe(1);
    machine.write(file, 'numpy==1');
    expect((await setup()).called).toEqual([`${PIP} -r ${file}`]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    '%s ends the tool too, frees the lock, and the next set-up does it again',
    async (signal, expected) => {
      const { code, hanging } = await machine.interrupt(
        'setup.mjs',
        { FAKE_HANG: 'cmake-js' },
        signal,
      );
      expect(code).toBe(expected);
      expect(isAlive(hanging)).toBe(false);
      expect(
        readdirSync(join(machine.project, 'build')).filter((name) => /lock/.test(name)),
      ).toEqual([]);
      expect((await setup()).called).toEqual([BUILD, 'tsc -p .']);
    },
  );
});

function isAlive(pid: number) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('what is missing', () => {
  test('is named all at once, with the commands that install it, and nothing is begun', async () => {
    machine.take('python3');
    machine.take('c++');
    machine.take('cmake');
    machine.take('ninja');
    machine.add('apt-get');
    const { code, output, called } = await setup();
    expect(output).toBe(
      [
        '',
        'Missing on this machine:',
        '- Python 3.10 or newer; none is on the PATH: sudo apt-get install python3 python3-venv',
        '- a C++20 compiler with OpenMP (g++ 11, clang++ 14 or newer): sudo apt-get install g++',
        '  c++: spawn c++ ENOENT',
        '  g++: spawn g++ ENOENT',
        '  clang++: spawn clang++ ENOENT',
        '',
        '',
      ].join('\n'),
    );
    expect(called).toEqual([]);
    expect(code).toBe(1);
  });

  test('is found once it is there', async () => {
    machine.take('c++');
    expect((await setup()).code).toBe(1);
    machine.add('c++');
    expect((await setup()).code).toBe(0);
  });
});

describe('npm run format', () => {
  test('formats what does not compile: it brings the tools and builds nothing', async () => {
    machine.add('git');
    const { called } = await machine.run('format.mjs');
    expect(called).toContain('biome check --write');
    expect(called.filter((line) => /^(cmake-js|tsc)|torch/.test(line))).toEqual([]);
  });

  test('formats native/ also where the linter finds what it cannot mend', async () => {
    machine.add('git');
    const { code, called } = await machine.run('format.mjs', [], { FAKE_FAIL: 'biome check' });
    expect(called.at(-1)).toMatch(/^clang-format -i/);
    expect(code).toBe(1);
  });
});

test('takes less than two seconds in this project when nothing has changed', () => {
  const script = join(root, 'scripts/setup.mjs');
  const run = () => execFileSync(process.execPath, [script], { encoding: 'utf8' });
  run();
  const start = performance.now();
  expect(run()).toMatch(/^setup: nothing to do/);
  expect(performance.now() - start).toBeLessThan(2000);
  // The first one may have something to build.
}, 600_000);
