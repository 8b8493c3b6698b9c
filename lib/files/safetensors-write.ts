// safetensors files, written tensor by tensor beside their place, and put there when they are whole.
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe } from '../arguments/describe';
import { mismatch, pseError } from '../errors';
import type { AnyArray } from '../tensor/nd-array';
import { type Layout, layOut, type WriteSafetensorsOptions } from './safetensors-layout';
import { type FileUrl, isUrl } from './source';

/**
 * Writes tensors to a safetensors file, each straight from its memory. The file appears under its name when it is whole,
 * in place of one that was there; a process that ends before leaves a `.tmp` beside it.
 *
 * dtypes: float64, float32, float16, bfloat16 (a Uint16Array with `dtype`), int64, int32, uint8, bool (a Uint8Array with
 * `dtype`), uint16 (a Uint16Array without one). The header is padded with spaces to a multiple of 8 bytes; tensors stand
 * by the size of their elements, the widest first, then by name: so each is aligned.
 *
 * @param path of the file; its folder has to be there
 * @param tensors arrays by name, of up to 8 axes; leave them as they are until the promise is fulfilled
 * @param options `metadata`: texts by name
 * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_OPTION; ERR_PSE_RANGE (names and metadata of over 100 MB,
 * which no reader takes); Node's own errors of opening and writing, as they are
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readSafetensors, writeSafetensors } from 'pse-loss';
 *
 * const file = join(tmpdir(), 'pse-loss-example.safetensors');
 * const weight = { data: new Float32Array([1, 2, 3, 4]), shape: [2, 2] };
 * await writeSafetensors(file, { weight }, { metadata: { step: '7' } });
 * const { tensors, metadata } = await readSafetensors(file);
 * console.log(tensors.weight?.data, metadata.step); // Float32Array(4) [ 1, 2, 3, 4 ] 7
 * ```
 *
 * Source: huggingface/safetensors, README, "Format"; tensors are aligned as by its `safetensors/src/tensor.rs`,
 * which sorts those of one width by dtype before it sorts them by name.
 */
export async function writeSafetensors(
  path: string | FileUrl,
  tensors: Readonly<Record<string, AnyArray>>,
  options?: WriteSafetensorsOptions,
): Promise<void> {
  const file = readPath('writeSafetensors', path);
  await writeLayout(file, layOut('writeSafetensors', tensors, options));
}

/**
 * The bytes of the safetensors file that {@link writeSafetensors} would write.
 *
 * @param tensors as there
 * @param options as there
 * @returns the whole file, in memory of its own
 * @throws ERR_PSE_TYPE, ERR_PSE_DTYPE, ERR_PSE_SHAPE, ERR_PSE_OPTION, ERR_PSE_RANGE; ERR_PSE_OUT_OF_MEMORY
 * @example
 * ```ts
 * import { safetensorsBytes } from 'pse-loss';
 *
 * const bytes = safetensorsBytes({ mask: { data: new Uint8Array(6), shape: [2, 3], dtype: 'bool' } });
 * const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
 * console.log(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trim()); // {"mask":{"dtype":"BOOL","shape":[2,3],"data_offsets":[0,6]}}
 * ```
 *
 * Source: huggingface/safetensors, README, "Format".
 */
export function safetensorsBytes(
  tensors: Readonly<Record<string, AnyArray>>,
  options?: WriteSafetensorsOptions,
): Uint8Array {
  const layout = layOut('safetensorsBytes', tensors, options);
  const bytes = allocateBytes('safetensorsBytes', layout.size);
  bytes.set(layout.head);
  let at = layout.head.length;
  for (const part of layout.parts()) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Takes the path of a file that is to be written, or throws ERR_PSE_TYPE. */
export function readPath(call: string, path: unknown): string {
  if (typeof path === 'string') return path;
  if (isUrl(path)) return fileURLToPath(path as URL);
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument: 'path',
    requirement: 'a path or a URL of a file',
    got: describe(path),
  });
}

/** Writes a file of these parts. */
export async function writeLayout(file: string, layout: Layout): Promise<void> {
  const unfinished = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  const handle = await open(unfinished, 'wx');
  try {
    try {
      await handle.writeFile(layout.head);
      for (const part of layout.parts()) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function allocateBytes(call: string, size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw pseError('ERR_PSE_OUT_OF_MEMORY', `${call}: no memory for ${size} bytes`, cause);
  }
}
