// Opening LibTorch and the operators, with stand-ins in C that are wrong in one way each.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Ending, RELEASE, runNode } from '../support/process';
import { copyPackage } from './copy';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-open-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Compiles fakes/library.c into `path` below the folder; `defines` are -D flags. */
function fake(path: string, ...defines: string[]): string {
  const target = join(folder, path);
  mkdirSync(join(target, '..'), { recursive: true });
  const flags = ['-shared', '-fPIC', `-DNAME="${path}"`, ...defines.map((define) => `-D${define}`)];
  execFileSync(process.env.CC ?? 'cc', [
    ...flags,
    '-o',
    target,
    join(__dirname, 'fakes', 'library.c'),
  ]);
  return target;
}

/** Opens the request with the bare addon in a child; prints the report or the error. */
async function open(request: object, env: NodeJS.ProcessEnv = {}) {
  const log = join(mkdtempSync(join(folder, 'log-')), 'log');
  writeFileSync(log, '');
  const ending = await runNode(
    `const addon = require(${JSON.stringify(join(RELEASE, 'pse_loss.node'))});
     for (const request of [${JSON.stringify(request)}].flat()) {
       try { console.log(JSON.stringify(addon.openSync(request))); }
       catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }
     }`,
    { PSE_FAKE_LOG: log, ...env },
  );
  expect(endOf(ending)).toEqual({ code: 0, signal: null, stderr: '' });
  const answers = ending.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return { answers, log: readFileSync(log, 'utf8').trim().split('\n') };
}

function endOf({ code, signal, stderr }: Ending) {
  return { code, signal, stderr };
}

describe('the addon', () => {
  test('opens the CUDA side right after LibTorch and before the operators', async () => {
    const libtorch = fake('cuda/libtorch_cpu.so', 'FAKE_LIBTORCH=13');
    fake('cuda/libtorch_cuda.so');
    fake('driver/libcuda.so.1');
    const operators = fake('cuda/libpse_ops-2.13.so', 'FAKE_API=PSE_API_VERSION');
    const cudaOperators = fake('cuda/libpse_cuda-2.13-cu13.so');
    const directory = join(libtorch, '..');
    const request = { directory, operators, cudaOperators, cuda: true };
    const driver = { LD_LIBRARY_PATH: join(folder, 'driver') };

    const { answers, log } = await open(request, driver);
    expect(answers).toEqual([
      { version: '2.13.0', directory, operators, shared: false, cuda: true },
    ]);
    expect(log).toEqual([
      'cuda/libtorch_cpu.so',
      'driver/libcuda.so.1',
      'cuda/libtorch_cuda.so',
      'cuda/libpse_ops-2.13.so',
      'cuda/libpse_cuda-2.13-cu13.so',
    ]);
  });

  test('leaves the CUDA side alone where it is told to', async () => {
    const directory = join(fake('off/libtorch_cpu.so', 'FAKE_LIBTORCH=13'), '..');
    fake('off/libtorch_cuda.so');
    fake('driver/libcuda.so.1');
    const operators = fake('off/libpse_ops-2.13.so', 'FAKE_API=PSE_API_VERSION');
    const { answers, log } = await open(
      { directory, operators, cuda: false },
      { LD_LIBRARY_PATH: join(folder, 'driver') },
    );
    expect(answers[0]).toMatchObject({ cuda: false });
    expect(log).toEqual(['off/libtorch_cpu.so', 'off/libpse_ops-2.13.so']);
  });

  test('leaves the CUDA side alone where there is no driver', async () => {
    const directory = join(fake('none/libtorch_cpu.so', 'FAKE_LIBTORCH=13'), '..');
    fake('none/libtorch_cuda.so');
    const operators = fake('none/libpse_ops-2.13.so', 'FAKE_API=PSE_API_VERSION');
    const { answers, log } = await open({ directory, operators, cuda: true });
    expect(answers[0]).toMatchObject({ cuda: false });
    expect(log).not.toContain('none/libtorch_cuda.so');
  });

  test('refuses operators of another release of LibTorch, naming both', async () => {
    const directory = join(fake('old/libtorch_cpu.so', 'FAKE_LIBTORCH=12'), '..');
    const operators = fake('old/libpse_ops-2.13.so', 'FAKE_API=PSE_API_VERSION');
    const { answers } = await open({ directory, operators, cuda: false });
    expect(answers[0].code).toBe('ERR_PSE_LIBTORCH_VERSION');
    expect(answers[0].message).toBe(
      `${operators} was built for LibTorch 2.13, the process has 2.12.0`,
    );
  });

  test('refuses operators whose treaty is of another version, and names both copies when a second comes', async () => {
    const directory = join(fake('treaty/libtorch_cpu.so', 'FAKE_LIBTORCH=13'), '..');
    const first = fake('treaty/a/libpse_ops-2.13.so', 'FAKE_API=(PSE_API_VERSION+1)');
    const second = fake('treaty/b/libpse_ops-2.13.so', 'FAKE_API=PSE_API_VERSION');
    const { answers } = await open([
      { directory, operators: first, cuda: false },
      { directory, operators: second, cuda: false },
    ]);
    expect(answers.map(({ code }) => code)).toEqual(['ERR_PSE_CONFLICT', 'ERR_PSE_CONFLICT']);
    expect(answers[1].message).toContain(first);
    expect(answers[1].message).toContain(second);
  });

  test('reports operators that could not be registered', async () => {
    const directory = join(fake('registration/libtorch_cpu.so', 'FAKE_LIBTORCH=13'), '..');
    const operators = fake(
      'registration/libpse_ops-2.13.so',
      'FAKE_API=PSE_API_VERSION',
      'FAKE_REGISTRATION_ERROR="only one library of a name"',
    );
    const { answers } = await open({ directory, operators, cuda: false });
    expect(answers[0]).toEqual({
      code: 'ERR_PSE_CONFLICT',
      message: `${operators}: only one library of a name`,
    });
  });

  test('turns a library that is missing, not a library or not ours into an error', async () => {
    const directory = join(fake('bad/libtorch_cpu.so', 'FAKE_LIBTORCH=13'), '..');
    const text = join(folder, 'bad', 'text.so');
    writeFileSync(text, 'not a library');
    const foreign = fake('bad/foreign.so');
    const { answers } = await open([
      { directory: join(folder, 'nowhere'), operators: foreign, cuda: false },
      { directory, operators: text, cuda: false },
      { directory, operators: foreign, cuda: false },
      // … and none of it stands in the way of a good one.
      { directory, operators: fake('bad/good.so', 'FAKE_API=PSE_API_VERSION'), cuda: false },
    ]);
    expect(answers.map(({ code }) => code)).toEqual([
      'ERR_PSE_LIBTORCH_NOT_FOUND',
      'ERR_PSE_LIBTORCH_VERSION',
      'ERR_PSE_NOT_BUILT',
      undefined,
    ]);
  });
});

describe('the package', () => {
  const load = `const { libtorch } = require('pse-loss');
    libtorch.load().then(
      () => console.log(JSON.stringify(libtorch)),
      ({ code, message }) => console.log(JSON.stringify({ code, message })));`;

  test('opens the recorded LibTorch without being told', async () => {
    const { stdout } = await runNode(load, { PSE_LIBTORCH: '' });
    const record = JSON.parse(readFileSync(join(RELEASE, 'libtorch.json'), 'utf8'));
    expect(JSON.parse(stdout)).toMatchObject({
      loaded: true,
      source: 'recorded',
      variant: 'cpu',
      directory: record.directory,
    });
  });

  test('takes PSE_LIBTORCH before the record, be it the folder of the libraries or the one above', async () => {
    const { directory } = JSON.parse(readFileSync(join(RELEASE, 'libtorch.json'), 'utf8'));
    for (const named of [directory, join(directory, '..')]) {
      const { stdout } = await runNode(load, { PSE_LIBTORCH: named });
      expect(JSON.parse(stdout)).toMatchObject({ loaded: true, source: 'environment', directory });
    }
  });

  test('does not take another LibTorch than PSE_LIBTORCH names', async () => {
    const { stdout } = await runNode(load, { PSE_LIBTORCH: folder });
    const { code, message } = JSON.parse(stdout);
    expect(code).toBe('ERR_PSE_LIBTORCH_NOT_FOUND');
    expect(message).toContain(`PSE_LIBTORCH: ${folder} holds no libtorch_cpu.so`);
  });

  test('names the release that it found and those that it was built for', async () => {
    const directory = join(fake('wheel/lib/libtorch_cpu.so', 'FAKE_LIBTORCH=9'), '..');
    writeFileSync(join(directory, '..', 'version.py'), "__version__ = '2.9.1+cpu'\n");
    const { stdout } = await runNode(load, { PSE_LIBTORCH: directory });
    const { code, message } = JSON.parse(stdout);
    expect(code).toBe('ERR_PSE_LIBTORCH_VERSION');
    expect(message).toMatch(/is LibTorch 2\.9\.1\+cpu, operators are built for 2\.\d+/);
  });

  test('finds the torch of an active Python environment where nothing else is', async () => {
    // A copy of the package without a record beside its addon.
    const copy = copyPackage(join(folder, 'unrecorded'));
    rmSync(join(copy, 'build', 'Release', 'libtorch.json'));
    const { directory } = JSON.parse(readFileSync(join(RELEASE, 'libtorch.json'), 'utf8'));
    const environment = directory.replace(/\/lib\/python3.*$/, '');
    const there = load.replace("'pse-loss'", JSON.stringify(copy));
    const found = await runNode(there, { PSE_LIBTORCH: '', VIRTUAL_ENV: environment });
    expect(JSON.parse(found.stdout)).toMatchObject({ loaded: true, source: 'python', directory });

    const nothing = { PSE_LIBTORCH: '', VIRTUAL_ENV: '', CONDA_PREFIX: '' };
    const { stdout } = await runNode(there, nothing);
    expect(JSON.parse(stdout).code).toBe('ERR_PSE_LIBTORCH_NOT_FOUND');
    expect(JSON.parse(stdout).message).toContain('libtorch.json: no such record');
  });

  test('says what to do where the addon was not built', async () => {
    const copy = copyPackage(join(folder, 'unbuilt'));
    rmSync(join(copy, 'build'), { recursive: true });
    const { stdout } = await runNode(load.replace("'pse-loss'", JSON.stringify(copy)));
    expect(JSON.parse(stdout).code).toBe('ERR_PSE_NOT_BUILT');
    expect(JSON.parse(stdout).message).toMatch(
      /no compiled addon for .* `npm run setup` builds it/,
    );
  });

  test('does not fail because somebody else asked for a folder without one at the same time', async () => {
    const { stdout } = await runNode(`
      const { libtorch } = require('pse-loss');
      Promise.allSettled([libtorch.load({ directory: '/nowhere' }), libtorch.load()])
        .then((ends) => console.log(ends.map(({ status }) => status).join(' '), libtorch.loaded));`);
    expect(stdout.trim()).toBe('rejected fulfilled true');
  });

  test('refuses a second LibTorch beside the first', async () => {
    fake('second/libtorch_cpu.so', 'FAKE_LIBTORCH=13');
    const { stdout } = await runNode(`
      const { libtorch } = require('pse-loss');
      (async () => {
        await libtorch.load();
        await libtorch.load({ directory: libtorch.directory });
        await libtorch.load({ directory: ${JSON.stringify(join(folder, 'second'))} });
      })().catch(({ code }) => console.log(code));`);
    expect(stdout.trim()).toBe('ERR_PSE_CONFLICT');
  });
});
