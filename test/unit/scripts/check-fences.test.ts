// The fences between the rooms of native/: the project keeps them, and a violation of each is found.
import { describe, expect, test } from '@jest/globals';
import { checkFences, findViolations } from '../../../scripts/check-fences.mjs';
import { inFolder } from './folder';

/** A tree with every room, in which nothing is wrong. */
const CLEAN: Readonly<Record<string, string>> = {
  'CMakeLists.txt': [
    'add_library(pse_ops SHARED native/glibc.cpp native/ops/api.cpp native/ops/cpu/loss.cpp',
    '  native/fused/cpu/loss.cpp native/ops/cuda/loss.cpp native/fused/cuda/loss.cu)',
    'add_library(pse_loss MODULE native/binding/addon.cpp native/binding/loss.cpp) # native/gone.cpp',
  ].join('\n'),
  'native/README.md': '#include <torch/torch.h> is fine in prose, and 1.5 too',
  'native/libtorch.cmake': '# find_package(Torch) is not called, nothing is a GLOB',
  'native/ops/exports.map': '{ global: pse_api; local: *; };',
  'native/pse.h': '#include <stdint.h>',
  'native/glibc.h': '',
  'native/glibc.cpp': '#include "glibc.h"',
  'native/binding/addon.cpp': '#include <napi.h>\n#include "loss.h"\n#include "arguments.h"',
  'native/binding/loss.h': '#include "../pse.h"\n#include <dlfcn.h>',
  'native/binding/loss.cpp':
    '#include "loss.h"\n#include <node_api.h>\n// exp(1.5) is no code\nconst char* s = "exp(1.5)";',
  'native/binding/arguments.h': '#include <string>\nconst int version = 10;',
  'native/ops/loss.h': '#include <ATen/ATen.h>\n#include <cmath>',
  'native/ops/api.cpp':
    '#include "../pse.h"\n#include "loss.h"\n#include <torch/library.h>\n#include "../fused/layout.h"',
  'native/ops/cpu/loss.cpp':
    '#include "../loss.h"\n#include "../../fused/cpu/loss.h"\n#include <c10/util/Exception.h>',
  'native/ops/cuda/loss.cpp':
    '#include "../loss.h"\n#include <cuda_runtime.h>\n#include "../../fused/cuda/loss.h"',
  'native/fused/layout.h': '#include <cstdint>',
  'native/fused/cpu/loss.h': '#include "../layout.h"\nconst float eps = 1e-6f;',
  'native/fused/cpu/loss.cpp': '#include "loss.h"\n#include <immintrin.h>\n#include <cmath>',
  'native/fused/cuda/loss.h': '',
  'native/fused/cuda/loss.cu': '#include "loss.h"\n#include <cuda_fp16.h>',
};

const plant = (files: Record<string, string>) => findViolations({ ...CLEAN, ...files });

test('the project keeps its fences', async () => {
  expect(await checkFences()).toEqual([]);
});

test('a clean tree has no violations', () => {
  expect(plant({})).toEqual([]);
});

test('the files are read out of a folder: those that Git does not ignore', async () => {
  const files = { ...CLEAN, 'native/fused/old.h': '#include <ATen/ATen.h>', '.gitignore': '' };
  const violation = 'native/fused/old.h:1: fused may not include <ATen/ATen.h>';
  await inFolder(files, async (folder) => expect(await checkFences(folder)).toEqual([violation]));
  const ignored = { ...files, '.gitignore': 'old.h' };
  await inFolder(ignored, async (folder) => expect(await checkFences(folder)).toEqual([]));
});

describe('headers from outside', () => {
  test.each([
    ['native/pse.h', 'ATen/ATen.h', 'pse.h'],
    ['native/pse.h', 'vector', 'pse.h'],
    ['native/glibc.h', 'vector', 'glibc'],
    ['native/binding/loss.cpp', 'torch/torch.h', 'binding'],
    ['native/binding/loss.cpp', 'c10/core/Device.h', 'binding'],
    ['native/binding/loss.cpp', 'cuda_runtime.h', 'binding'],
    ['native/ops/api.cpp', 'napi.h', 'ops'],
    ['native/ops/api.cpp', 'js_native_api.h', 'ops'],
    ['native/ops/api.cpp', 'cuda_runtime.h', 'ops'],
    ['native/ops/cpu/loss.cpp', 'node_api.h', 'ops/cpu'],
    ['native/ops/cpu/loss.cpp', 'cuda.h', 'ops/cpu'],
    ['native/fused/layout.h', 'ATen/ATen.h', 'fused'],
    ['native/fused/cpu/loss.h', 'torch/torch.h', 'fused/cpu'],
    ['native/fused/cpu/loss.h', 'napi.h', 'fused/cpu'],
    ['native/fused/cpu/loss.h', 'cuda.h', 'fused/cpu'],
    ['native/fused/cuda/loss.cu', 'ATen/cuda/CUDAContext.h', 'fused/cuda'],
    ['native/fused/cuda/loss.cu', 'immintrin.h', 'fused/cuda'],
    ['native/fused/cpu/loss.h', 'some/unknown.h', 'fused/cpu'],
  ])('%s may not include <%s>', (file, header, room) => {
    const line = CLEAN[file]!.split('\n').length + 1;
    expect(plant({ [file]: `${CLEAN[file]}\n#include <${header}>` })).toEqual([
      `${file}:${line}: ${room} may not include <${header}>`,
    ]);
  });

  test.each([
    '#  include<napi.h>',
    '#include_next <napi.h>',
    '#import <napi.h>',
    '  #include <napi.h> // x',
  ])('are seen in the line %s', (line) => {
    expect(plant({ 'native/fused/layout.h': line })).toHaveLength(1);
  });

  test.each(['// #include <napi.h>', '/*\n#include <napi.h>\n*/', '"\\"#include <napi.h>"'])(
    'are not seen where there are none: %s',
    (text) => {
      expect(plant({ 'native/fused/layout.h': text })).toEqual([]);
    },
  );

  test('keep their line number behind a comment of several lines', () => {
    expect(plant({ 'native/fused/layout.h': '/* a\nb */\n#include <napi.h>' })).toEqual([
      'native/fused/layout.h:3: fused may not include <napi.h>',
    ]);
  });

  test('must be readable', () => {
    expect(plant({ 'native/fused/layout.h': '#include HEADER' })).toEqual([
      'native/fused/layout.h:1: includes HEADER, which cannot be read without a compiler',
    ]);
  });
});

describe('headers of ours', () => {
  test.each([
    ['native/binding/loss.cpp', '../ops/loss.h', 'binding may not include from ops'],
    ['native/binding/loss.cpp', '../fused/layout.h', 'binding may not include from fused'],
    ['native/ops/api.cpp', '../binding/loss.h', 'ops may not include from binding'],
    ['native/ops/api.cpp', '../fused/cpu/loss.h', 'ops may not include from fused/cpu'],
    [
      'native/ops/cpu/loss.cpp',
      '../../fused/cuda/loss.h',
      'ops/cpu may not include from fused/cuda',
    ],
    ['native/ops/loss.h', 'cpu/loss.h', 'ops may not include from ops/cpu'],
    ['native/fused/layout.h', '../ops/loss.h', 'fused may not include from ops'],
    ['native/fused/layout.h', '../pse.h', 'fused may not include from pse.h'],
    ['native/fused/layout.h', 'cpu/loss.h', 'fused may not include from fused/cpu'],
    ['native/fused/cpu/loss.cpp', '../cuda/loss.h', 'fused/cpu may not include from fused/cuda'],
    ['native/fused/cpu/loss.cpp', '../../ops/loss.h', 'fused/cpu may not include from ops'],
    ['native/pse.h', 'glibc.h', 'pse.h may not include from glibc'],
  ])('%s may not include "%s"', (file, target, words) => {
    const found = plant({ 'native/ops/cpu/loss.h': '', [file]: `#include "${target}"` });
    expect(found.filter((line) => !line.startsWith('circle'))).toEqual([
      expect.stringMatching(new RegExp(`^${file}:1: ${words.replace('.', '\\.')} \\(native/`)),
    ]);
  });

  test('must be there', () => {
    expect(plant({ 'native/ops/loss.h': '#include "gone.h"' })).toEqual([
      'native/ops/loss.h:1: includes native/ops/gone.h, which is not there',
    ]);
  });

  test('are not included upwards within binding', () => {
    expect(plant({ 'native/binding/arguments.h': '#include "loss.h"' })).toEqual([
      'native/binding/arguments.h:1: includes native/binding/loss.h, which stands above it',
    ]);
  });

  test('are not included in a circle; header and source are one', () => {
    const files = {
      'native/fused/a.h': '#include "layout.h"',
      'native/fused/layout.h': '#include "b.h"',
      'native/fused/b.h': '#include "a.h"',
    };
    expect(plant(files)).toEqual([
      expect.stringMatching(/^circle of includes: native\/fused\/\S+ → .* → native\/fused\/\S+$/),
    ]);
  });
});

describe('binding computes nothing', () => {
  const code = (line: string) => plant({ 'native/binding/loss.h': line });

  test.each([
    ['#include <cmath>', 'a header of mathematics'],
    ['#include <numeric>', 'a header of mathematics'],
    ['y = std::exp(x);', 'a function of mathematics'],
    ['options.kernel_weight = 1 - options.alpha * options.eps / 3;', 'arithmetic'],
    ['total *= weight;', 'arithmetic'],
    ['y = sqrtf (x);', 'a function of mathematics'],
    ['y = 0.7 * x;', 'a floating-point number'],
    ['y = 1e-6;', 'a floating-point number'],
    ['y = x + .5f;', 'a floating-point number'],
    ['y = 1.;', 'a floating-point number'],
  ])('finds %s', (line, what) => {
    expect(code(line)).toContain(
      `native/binding/loss.h:1: binding computes nothing, but here is ${what}`,
    );
  });

  test.each([
    'int n = 10;',
    'v.push_back(1);',
    '"1.5 exp(x)";',
    '// 1.5',
    'x.exponent(1)',
    'catalog(1)',
    'a1.b2',
  ])('lets %s pass', (line) => {
    expect(code(line)).toEqual([]);
  });
});

describe('files', () => {
  test.each([
    'native/loss.cpp',
    'native/extra/loss.h',
    'native/ops/cpu/deep/loss.h',
    'native/ops/rocm/loss.h',
  ])('of no room are found: %s', (file) => {
    expect(plant({ [file]: '' })).toContain(`${file}: stands in no room`);
  });

  test.each([
    'native/fused/cpu/loss.hpp',
    'native/ops/loss.cc',
    'native/fused/loss.inl',
    'native/x.py',
  ])('of a kind that is not read are found: %s', (file) => {
    expect(plant({ [file]: '#include <napi.h>' })).toEqual([
      `${file}: a kind of file that no rule reads`,
    ]);
  });
});

describe('CMake', () => {
  const CMAKE = CLEAN['CMakeLists.txt'];

  test('names every source', () => {
    expect(plant({ 'native/ops/more.cpp': '', 'native/fused/cuda/more.cu': '' })).toEqual([
      'CMakeLists.txt: does not name native/ops/more.cpp',
      'CMakeLists.txt: does not name native/fused/cuda/more.cu',
    ]);
  });

  test('names no source that is not there', () => {
    expect(plant({ 'CMakeLists.txt': `${CMAKE}\nadd(native/gone.cpp)` })).toEqual([
      'CMakeLists.txt: names native/gone.cpp, which is not there',
    ]);
  });

  test.each([
    ['file(GLOB sources native/*.cpp)', 'lists sources by a pattern, not by name'],
    ['file(GLOB_RECURSE sources native/*.cpp)', 'lists sources by a pattern, not by name'],
    ['find_package( Torch REQUIRED)', 'calls find_package(Torch)'],
    ['file(DOWNLOAD https://example.org/a.zip a.zip)', 'downloads'],
    ['include(FetchContent)', 'downloads'],
    ['ExternalProject_Add(x)', 'downloads'],
  ])('may not say %s', (line, what) => {
    expect(plant({ 'CMakeLists.txt': `${CMAKE}\n${line}` })).toEqual([`CMakeLists.txt: ${what}`]);
    expect(plant({ 'native/libtorch.cmake': line })).toEqual([`native/libtorch.cmake: ${what}`]);
  });
});
