// The targets that native/libtorch.cmake makes of a folder of LibTorch: configured for real, with empty files for libraries.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ROOT } from '../../support/process';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pse-cmake-'));
  write(
    'CMakeLists.txt',
    `cmake_minimum_required(VERSION 3.20)
project(probe LANGUAGES NONE)
include(${ROOT}/native/libtorch.cmake)
set(text "minor \${PSE_LIBTORCH_MINOR}\\n")
foreach(target pse_libtorch pse_libtorch_cuda)
  if(TARGET \${target})
    get_target_property(includes \${target} INTERFACE_INCLUDE_DIRECTORIES)
    get_target_property(links \${target} INTERFACE_LINK_LIBRARIES)
    get_target_property(imported \${target} IMPORTED)
    string(APPEND text "\${target} \${imported} \${includes} \${links}\\n")
  endif()
endforeach()
file(WRITE \${CMAKE_BINARY_DIR}/targets "\${text}")
`,
  );
  write('site/torch/include/ATen/ATen.h');
  write(
    'site/torch/share/cmake/Torch/TorchConfigVersion.cmake',
    'set(PACKAGE_VERSION "2.14.1+cu130")\n',
  );
  write('site/nvidia/cu13/include/cublas_v2.h');
  write('toolkit/include/cuda_runtime.h');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(file: string, text = ''): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

// Set-up brings CMake into .venv where the machine has none.
const env = { ...process.env, PATH: `${process.env.PATH}:${ROOT}/.venv/bin` };

const flags = (...own: string[]) => [
  ...['-S', folder, '-B', join(folder, 'build'), `-DPSE_LIBTORCH=${folder}/site/torch`],
  ...own,
];
const configure = (...own: string[]) => {
  execFileSync('cmake', flags(...own), { stdio: 'pipe', env });
  return readFileSync(join(folder, 'build/targets'), 'utf8').replaceAll(folder, '.').split('\n');
};

const CPU =
  'pse_libtorch TRUE ./site/torch/include;./site/torch/include/torch/csrc/api/include pse_torch_cpu;pse_c10';

test('the CPU side alone, with no word of CUDA', () => {
  expect(configure()).toEqual(['minor 2.14', CPU, '']);
});

test('the CUDA side with the headers of the toolkit that is named and of the wheels beside LibTorch', () => {
  write('site/torch/lib/libtorch_cuda.so');
  expect(configure('-DPSE_CUDA=ON', `-DPSE_CUDA_ROOT=${folder}/toolkit`)).toEqual([
    'minor 2.14',
    CPU,
    'pse_libtorch_cuda TRUE ./toolkit/include;./site/nvidia/cu13/include pse_libtorch;pse_torch_cuda;pse_c10_cuda',
    '',
  ]);
});

test.each([
  [
    'a folder without a toolkit',
    ['-DPSE_CUDA=ON', '-DPSE_CUDA_ROOT=/nowhere'],
    /not a CUDA toolkit/,
  ],
  ['a folder without LibTorch', ['-DPSE_LIBTORCH=/nowhere'], /not a folder of LibTorch/],
])('refuses %s in words', (_, own, words) => {
  const { status, stderr } = spawnSync('cmake', flags(...own), { encoding: 'utf8', env });
  expect(status).not.toBe(0);
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(words);
});

test('refuses CUDA with a LibTorch for the CPU', () => {
  const own = ['-DPSE_CUDA=ON', `-DPSE_CUDA_ROOT=${folder}/toolkit`];
  const { status, stderr } = spawnSync('cmake', flags(...own), { encoding: 'utf8', env });
  expect(status).not.toBe(0);
  expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(/is a LibTorch for the CPU/);
});
