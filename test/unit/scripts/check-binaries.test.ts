// What the built libraries may ask of a system: planted text of objdump, readelf and nm, one fault at a time.
import { describe, expect, test } from '@jest/globals';
import { checkBinary } from '../../../scripts/check-binaries.mjs';

const ADDON = 'pse_loss.node';
const OPS = 'libpse_ops-2.13.so';

const objdump = (version: string) =>
  [
    `${ADDON}:     file format elf64-x86-64`,
    '',
    'DYNAMIC SYMBOL TABLE:',
    '0000000000000000      DF *UND*  0000000000000000 (GLIBC_2.2.5) free',
    `0000000000000000      DF *UND*  0000000000000000 (${version}) planted`,
    '0000000000009d40 g    DF .text  0000000000000123  Base        napi_register_module_v1',
  ].join('\n');

const readelf = (needed: readonly string[], ...more: readonly string[]) =>
  [
    'Dynamic section at offset 0x1cd40 contains 30 entries:',
    '  Tag        Type                         Name/Value',
    ...needed.map((name) => ` 0x0000000000000001 (NEEDED)             Shared library: [${name}]`),
    ` 0x000000000000000e (SONAME)             Library soname: [${ADDON}]`,
    ...more,
  ].join('\n');

const NOW = ' 0x000000000000001e (FLAGS)              BIND_NOW';
const ORIGIN = ' 0x000000000000001d (RUNPATH)            Library runpath: [$ORIGIN]';
const SYSTEM = [
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libc.so.6',
  'libm.so.6',
  'ld-linux-x86-64.so.2',
];
const LIBTORCH = ['libtorch_cpu.so', 'libc10.so'];

const nm = (...names: readonly string[]) =>
  names.map((name) => `0000000000009d40 T ${name}`).join('\n');

const addon = {
  objdump: objdump('GLIBC_2.17'),
  readelf: readelf(SYSTEM, ORIGIN, NOW),
  nm: nm('napi_register_module_v1', 'node_api_module_get_api_version_v1'),
};
const ops = { ...addon, readelf: readelf([...LIBTORCH, ...SYSTEM], NOW), nm: nm('pse_api') };

test('finds nothing in libraries as they should be', () => {
  expect(checkBinary(ADDON, addon)).toEqual([]);
  expect(checkBinary(OPS, ops)).toEqual([]);
});

test('knows every library, or says so', () => {
  expect(checkBinary('libother.so', addon)).toEqual(['libother.so: a library that no rule knows']);
});

describe('what a symbol needs', () => {
  test.each([
    ['GLIBC_2.28', []],
    ['GLIBC_2.3.4', []],
    ['GLIBC_2.29', ['planted needs GLIBC_2.29, newer than GLIBC_2.28']],
    ['GLIBC_2.28.1', ['planted needs GLIBC_2.28.1, newer than GLIBC_2.28']],
    ['GLIBC_3.0', ['planted needs GLIBC_3.0, newer than GLIBC_2.28']],
    ['GLIBCXX_3.4.22', []],
    ['GLIBCXX_3.4.9', []],
    ['GLIBCXX_3.4.23', ['planted needs GLIBCXX_3.4.23, newer than GLIBCXX_3.4.22']],
    ['CXXABI_1.3.10', []],
    ['CXXABI_1.3.9', []],
    ['CXXABI_1.3.11', ['planted needs CXXABI_1.3.11, newer than CXXABI_1.3.10']],
    ['GCC_3.0', []],
  ])('%s', (version, expected) => {
    const found = checkBinary(ADDON, { ...addon, objdump: objdump(version) });
    expect(found).toEqual(expected.map((violation) => `${ADDON}: ${violation}`));
  });

  test('is read without parentheses too, as other releases of objdump write it', () => {
    const line = '0000000000000000      DF *UND*  0000000000000000  GLIBC_2.38  __isoc23_strtol';
    expect(checkBinary(ADDON, { ...addon, objdump: line })).toEqual([
      `${ADDON}: __isoc23_strtol needs GLIBC_2.38, newer than GLIBC_2.28`,
    ]);
  });
});

describe('what is linked', () => {
  test.each([
    [ADDON, 'libtorch_cpu.so'],
    [ADDON, 'libc10.so'],
    [ADDON, 'libgomp.so.1'],
    [ADDON, 'libpse_ops-2.13.so'],
    [OPS, 'libtorch_cuda.so'],
    [OPS, 'libtorch_python.so'],
    [OPS, 'libnode.so.115'],
  ])('%s may not link %s', (name, library) => {
    const needed = [...(name === OPS ? LIBTORCH : []), ...SYSTEM, library];
    const texts = { ...(name === OPS ? ops : addon), readelf: readelf(needed, NOW) };
    expect(checkBinary(name, texts)).toEqual([`${name}: links ${library}`]);
  });

  test('the operators may link the OpenMP that LibTorch brings', () => {
    const texts = { ...ops, readelf: readelf([...LIBTORCH, 'libgomp.so.1'], NOW) };
    expect(checkBinary(OPS, texts)).toEqual([]);
  });

  test.each(LIBTORCH)('the operators must link %s', (library) => {
    const needed = LIBTORCH.filter((name) => name !== library);
    const texts = { ...ops, readelf: readelf(needed, NOW) };
    expect(checkBinary(OPS, texts)).toEqual([`${OPS}: does not link ${library}`]);
  });

  test.each(['RPATH', 'RUNPATH'])('is not looked for in folders of one machine (%s)', (tag) => {
    const line = ` 0x000000000000001d (${tag})            Library runpath: [/opt/libtorch/lib:$ORIGIN]`;
    const texts = { ...addon, readelf: readelf(SYSTEM, line, NOW) };
    expect(checkBinary(ADDON, texts)).toEqual([
      `${ADDON}: looks for libraries in /opt/libtorch/lib:$ORIGIN`,
    ]);
  });

  test('is bound when it is opened, where the error can be caught', () => {
    const texts = { ...addon, readelf: readelf(SYSTEM, ORIGIN) };
    expect(checkBinary(ADDON, texts)).toEqual([`${ADDON}: is bound lazily (no BIND_NOW)`]);
  });
});

describe('what is exported', () => {
  test('is nothing but the ways in', () => {
    const names = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
    const texts = { ...addon, nm: nm(...names, '_ZN3pse7binding4lossEv') };
    expect(checkBinary(ADDON, texts)).toEqual([`${ADDON}: exports _ZN3pse7binding4lossEv`]);
  });

  test('is every way in', () => {
    expect(checkBinary(OPS, { ...ops, nm: '' })).toEqual([`${OPS}: does not export pse_api`]);
    const texts = { ...addon, nm: nm('napi_register_module_v1') };
    expect(checkBinary(ADDON, texts)).toEqual([
      `${ADDON}: does not export node_api_module_get_api_version_v1`,
    ]);
  });
});
