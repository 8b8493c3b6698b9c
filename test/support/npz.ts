// .npz files, as numpy.savez writes and numpy.load reads them: a zip archive of .npy files.
import { readFileSync, writeFileSync } from 'node:fs';
import { unzipSync, zipSync } from 'fflate';
import { dump, parse } from 'npyjs';

/** The element types that fixtures, batches and results have: arrays of numbers. */
export type NpyData = Float32Array | Float64Array | Uint8Array | Uint16Array | Int32Array;

export interface NpyArray<T extends NpyData | BigInt64Array = NpyData> {
  readonly data: T;
  readonly shape: readonly number[];
}

/** Every array of a file, by name. */
export function readNpz(file: string): Record<string, NpyArray> {
  const entries = Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => {
    const { data, shape, fortranOrder } = parse(bytes.slice().buffer);
    if (fortranOrder) throw new Error(`${file}: ${name} is not in C order`);
    return [name.replace(/\.npy$/, ''), { data: data as NpyData, shape }] as const;
  });
  return Object.fromEntries(entries);
}

/** Writes arrays by name, uncompressed: they are read once and thrown away. Half-precision bits go as the uint16 they are. */
export function writeNpz(
  file: string,
  arrays: Readonly<Record<string, NpyArray<NpyData | BigInt64Array>>>,
): void {
  const entries = Object.entries(arrays).map(([name, { data, shape }]) => {
    return [`${name}.npy`, new Uint8Array(dump(data, [...shape]))] as const;
  });
  writeFileSync(file, zipSync(Object.fromEntries(entries), { level: 0 }));
}
