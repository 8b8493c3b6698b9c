// Where the bytes of a file come from, read once from front to back: a path, memory, or a stream.
import { type FileHandle, open } from 'node:fs/promises';
import { types } from 'node:util';
import { describe } from '../arguments/describe';
import { viewOf } from '../arguments/dtype';
import { mismatch } from '../errors';

/** A URL, by its shape: the types of a project need not know one. */
export interface FileUrl {
  readonly href: string;
  readonly protocol: string;
}

/** What a reader takes: a path, a `file:` URL, the bytes, or a stream of them. */
export type FileSource = string | FileUrl | Uint8Array | AsyncIterable<Uint8Array>;

/** Bytes that come one after another. */
export interface Source {
  /** the public call that reads */
  readonly call: string;
  /** of the file, as messages name it */
  readonly name: string;
  /** how many bytes there are, where that is known before the end */
  readonly size?: number;
  /** Fills memory with the next bytes and resolves to how many there were: fewer only at the end. */
  read(target: Uint8Array): Promise<number>;
  /** Goes past bytes and resolves to how many there were. */
  skip(length: number): Promise<number>;
  /** The next bytes where they lie: of a source in memory. There have to be so many. */
  view?(length: number): Uint8Array;
}

/** Opens what a user named, lets `work` read it, and closes it; ERR_PSE_TYPE if it is nothing of the kind. */
export async function withSource<T>(
  call: string,
  given: unknown,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  if (types.isUint8Array(given)) return work(sourceOfBytes(call, viewOf('uint8', given)));
  if (isIterable(given)) return withStream(call, given, 'source', work);
  if (typeof given !== 'string' && !isUrl(given)) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: 'source',
      requirement: 'a path, a URL of a file, a Uint8Array or an AsyncIterable of them',
      got: describe(given),
      hint: types.isAnyArrayBuffer(given) ? 'pass new Uint8Array(buffer)' : undefined,
    });
  }
  const name = String(given);
  const handle = await open(given as string | URL);
  try {
    const stat = await handle.stat();
    if (stat.isFile()) return await work(sourceOfFile(call, handle, name, stat.size));
    // A pipe has no size and no places. A folder says of itself that it is one.
    return await withStream(call, handle.createReadStream({ autoClose: false }), name, work);
  } finally {
    await handle.close();
  }
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** As Node itself tells one, of whatever realm. */
export function isUrl(value: unknown): value is FileUrl {
  return typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value;
}

/** A read of Node's takes no more than 2³¹ − 1 bytes. */
const LARGEST_READ = 2 ** 30;

function sourceOfFile(call: string, handle: FileHandle, name: string, size: number): Source {
  let place = 0;
  return {
    call,
    name,
    size,
    async read(target) {
      let done = 0;
      while (done < target.length) {
        const length = Math.min(target.length - done, LARGEST_READ);
        const { bytesRead } = await handle.read(target, done, length, place);
        if (bytesRead === 0) break;
        done += bytesRead;
        place += bytesRead;
      }
      return done;
    },
    async skip(length) {
      const skipped = Math.min(length, size - place);
      place += skipped;
      return skipped;
    },
  };
}

function sourceOfBytes(call: string, bytes: Uint8Array): Source {
  let place = 0;
  const view = (length: number) => {
    const part = bytes.subarray(place, place + length);
    place += part.length;
    return part;
  };
  return {
    call,
    name: 'source',
    size: bytes.length,
    read: async (target) => {
      const part = view(target.length);
      target.set(part);
      return part.length;
    },
    skip: async (length) => view(length).length,
    view,
  };
}

/** Reads a stream as far as `work` does, and tells it when no more is wanted. */
async function withStream<T>(
  call: string,
  stream: AsyncIterable<unknown>,
  name: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const chunks = stream[Symbol.asyncIterator]();
  let chunk = new Uint8Array(0);
  let ended = false;
  /** The next bytes, at most so many of them; none at the end. */
  const next = async (length: number): Promise<Uint8Array> => {
    while (chunk.length === 0 && !ended) {
      const { done, value } = await chunks.next();
      ended = done === true;
      if (!ended) chunk = readChunk(call, value);
    }
    const part = chunk.subarray(0, length);
    chunk = chunk.subarray(part.length);
    return part;
  };
  const each = async (length: number, use: (part: Uint8Array, at: number) => void) => {
    let at = 0;
    while (at < length) {
      const part = await next(length - at);
      if (part.length === 0) break;
      use(part, at);
      at += part.length;
    }
    return at;
  };
  try {
    return await work({
      call,
      name,
      read: (target) => each(target.length, (part, at) => target.set(part, at)),
      skip: (length) => each(length, () => {}),
    });
  } finally {
    if (!ended) await chunks.return?.();
  }
}

function readChunk(call: string, chunk: unknown): Uint8Array<ArrayBuffer> {
  if (types.isUint8Array(chunk)) return viewOf('uint8', chunk) as Uint8Array<ArrayBuffer>;
  throw mismatch('ERR_PSE_TYPE', {
    call,
    argument: 'source',
    requirement: 'an AsyncIterable of Uint8Arrays',
    got: `one of ${describe(chunk)}`,
    hint: typeof chunk === 'string' ? 'read it without an encoding' : undefined,
  });
}
