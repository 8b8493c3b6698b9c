// The addon of dlpack_addon.cpp: built, and what it exports.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../support/process';
import { compileAddon } from './compile-addon';

/** A tensor over memory of the addon's, a copy of `memory`. */
export interface Making {
  readonly memory: Uint8Array;
  readonly shape: readonly number[];
  /** in elements */
  readonly strides: readonly number[];
  readonly code: number;
  readonly bits: number;
  readonly major: number;
  readonly byteOffset: number;
  readonly device: number;
}

/** What a tensor that was taken says of itself. */
export interface Taken {
  readonly number: number;
  readonly major: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly code: number;
  readonly bits: number;
  readonly lanes: number;
  readonly device: number;
}

export interface DLPackAddon {
  make(tensor: Making): object;
  deleted(): readonly number[];
  holds(external: object): boolean;
  take(external: object): Taken;
  read(number: number, place: number): number;
  write(number: number, place: number, value: number): void;
  release(number: number): void;
  foreign(tagged: boolean): object;
}

/** Compiles it with the code of docs/dlpack.md, and answers the folder, which is the caller's to remove, and the file. */
export function buildDLPackAddon(): { readonly folder: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pse-dlpack-'));
  const page = readFileSync(join(ROOT, 'docs', 'dlpack.md'), 'utf8');
  const code = [...page.matchAll(/^```cpp\n(.*?)^```$/gms)].map(([, block]) => block);
  writeFileSync(join(folder, 'dlpack_page.h'), code.join('\n'));
  return { folder, file: compileAddon('dlpack_addon.cpp', folder) };
}

/** A float32 tensor of these elements, in the order of memory. */
export function floats(
  values: readonly number[] | Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  changes: Partial<Making> = {},
): Making {
  const { buffer } = Float32Array.from(values);
  const memory = new Uint8Array(buffer);
  const dtype = { code: 2, bits: 32 };
  return { memory, shape, strides, ...dtype, major: 1, byteOffset: 0, device: 1, ...changes };
}
