// Files in memory and on disk for the tests of this room, and what a promise was rejected with.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { isPSEError } from '../../../lib/errors';

/** A folder that is removed after the tests. */
export function temporaryFolder(): {
  readonly path: string;
  write(name: string, bytes: Uint8Array): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'pse-files-'));
  afterAll(() => rmSync(path, { recursive: true }));
  return {
    path,
    write(name, bytes) {
      writeFileSync(join(path, name), bytes);
      return join(path, name);
    },
  };
}

/** A safetensors file of this header, as it stands, and this data. */
export function fileOf(
  header: string | Uint8Array | object,
  data: number | Uint8Array = 0,
): Uint8Array {
  const text =
    typeof header === 'string' || header instanceof Uint8Array ? header : JSON.stringify(header);
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const elements = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + bytes.length + elements.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(elements, 8 + bytes.length);
  return file;
}

/** Bytes in chunks of these lengths, over and over. */
export async function* inChunks(bytes: Uint8Array, ...lengths: readonly number[]) {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] as number;
    // A chunk of its own memory, as a stream gives it.
    yield bytes.slice(at, at + length);
    at += length;
  }
}

/** What a promise is rejected with, as plain values. */
export async function rejection(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) throw new Error('the promise was fulfilled');
  if (!isPSEError(error)) throw error;
  return { name: error.name, code: error.code, message: error.message };
}

/** The same, of ERR_PSE_FORMAT: the message. */
export async function formatError(promise: Promise<unknown>): Promise<string> {
  const { name, code, message } = await rejection(promise);
  if (name !== 'Error' || code !== 'ERR_PSE_FORMAT') throw new Error(`${name} ${code}: ${message}`);
  return message;
}
