// Memory that grows, shrinks, goes away or is written by another thread while a call is on its way. Whatever happens:
// an answer or an error, never a crash; and nothing is read or written beyond what was checked.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compactLabels, libtorch, PSELoss } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { occupy } from './promises/queue';

interface Growable extends SharedArrayBuffer {
  grow(length: number): void;
}
interface Resizable extends ArrayBuffer {
  resize(length: number): void;
}
type Making<B> = new (length: number, options: { readonly maxByteLength: number }) => B;
const growable = (length: number) =>
  new (SharedArrayBuffer as unknown as Making<Growable>)(length, { maxByteLength: 4 * length });
const resizable = (length: number) =>
  new (ArrayBuffer as unknown as Making<Resizable>)(length, { maxByteLength: 4 * length });

const loss = new PSELoss();
const { maps, labels } = makeBatch({ seed: 150 });
const data = maps.data as Float32Array;
const { length, byteLength } = data;
const EXPECTED = loss.valueAndGradSync(maps, labels);

/** The maps in other memory. */
function inside(view: Float32Array) {
  view.set(data);
  return { ...maps, data: view };
}

const refused = { name: 'RangeError', code: 'ERR_PSE_SHAPE' };

/** Both calls refuse it. */
async function expectRefused(given: typeof maps): Promise<void> {
  expect(() => loss.valueAndGradSync(given, labels)).toThrow(expect.objectContaining(refused));
  await expect(loss.valueAndGrad(given, labels)).rejects.toMatchObject(refused);
}

beforeAll(() => libtorch.load());

describe('a growable SharedArrayBuffer', () => {
  test.each([
    ['a view of fixed length', (buffer: Growable) => new Float32Array(buffer, 0, length)],
    ['a view that follows it', (buffer: Growable) => new Float32Array(buffer)],
  ])('that grows while the call waits, by %s', async (_, viewOf) => {
    const buffer = growable(byteLength);
    const given = inside(viewOf(buffer));
    expect(loss.valueAndGradSync(given, labels)).toStrictEqual(EXPECTED);
    const busy = occupy();
    const call = loss.valueAndGrad(given, labels);
    buffer.grow(4 * byteLength);
    await busy.stop();
    expect(await call).toStrictEqual(EXPECTED);
  });

  test('that grew before the call has too many elements', async () => {
    const buffer = growable(byteLength);
    const given = inside(new Float32Array(buffer));
    buffer.grow(byteLength + 4);
    await expectRefused(given);
  });

  test('as `out` receives what fits, and nothing beyond', async () => {
    const buffer = growable(byteLength);
    const out = new Float32Array(buffer);
    const busy = occupy();
    const call = loss.valueAndGrad(maps, labels, { out });
    buffer.grow(2 * byteLength);
    out.fill(7, length);
    await busy.stop();
    expect((await call).grad.data).toBe(out);
    expect(out.subarray(0, length)).toEqual(EXPECTED.grad.data);
    expect(out.subarray(length).every((value) => value === 7)).toBe(true);
  });

  test('that another thread grows at any moment is read as it was checked, or refused', async () => {
    const buffers = Array.from({ length: 300 }, () => growable(byteLength));
    const views = buffers.map((buffer) => inside(new Float32Array(buffer)));
    const worker = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       parentPort.once('message', () => { for (const buffer of workerData) buffer.grow(buffer.byteLength + 8); });
       parentPort.postMessage('ready');`,
      { eval: true, workerData: buffers },
    );
    await once(worker, 'message');
    worker.postMessage('go');
    const ends = await Promise.allSettled(views.map((view) => loss.valueAndGrad(view, labels)));
    await worker.terminate();
    for (const end of ends) {
      if (end.status === 'fulfilled') expect(end.value).toStrictEqual(EXPECTED);
      else expect(end.reason).toMatchObject(refused);
    }
  });
});

describe('a resizable ArrayBuffer', () => {
  test('is read through a view that follows it', async () => {
    const given = inside(new Float32Array(resizable(byteLength)));
    expect(loss.valueAndGradSync(given, labels)).toStrictEqual(EXPECTED);
    expect(await loss.valueAndGrad(given, labels)).toStrictEqual(EXPECTED);
  });

  test.each([
    ['grew', 'that follows it', (of: Resizable) => new Float32Array(of), byteLength + 4],
    ['shrank', 'that follows it', (of: Resizable) => new Float32Array(of), byteLength - 4],
    ['shrank', 'out of bounds', (of: Resizable) => new Float32Array(of, 0, length), 4],
    ['shrank to nothing', 'out of bounds', (of: Resizable) => new Float32Array(of, 0, length), 0],
  ])('that %s before the call is refused by a view %s', async (_how, _which, viewOf, size) => {
    const buffer = resizable(byteLength);
    const given = inside(viewOf(buffer));
    buffer.resize(size);
    await expectRefused(given);
  });

  test.each([
    ['grows', byteLength + 4],
    ['shrinks', 4],
  ])(
    'as `out` that %s while the call waits: it rejects and nothing is written',
    async (_, size) => {
      const buffer = resizable(byteLength);
      const out = new Float32Array(buffer).fill(7);
      const busy = occupy();
      const call = loss.valueAndGrad(maps, labels, { out });
      buffer.resize(size);
      await busy.stop();
      await expect(call).rejects.toMatchObject(refused);
      expect(new Float32Array(buffer).every((value) => value === 7 || value === 0)).toBe(true);
    },
  );
});

describe('a buffer that was detached before the call', () => {
  test.each(['maps', 'gtTexts', 'gtKernels', 'trainingMasks'] as const)('%s', async (place) => {
    const given = { maps, ...labels };
    const gone = given[place].data.slice();
    structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] });
    const { maps: texts, ...others } = { ...given, [place]: { ...given[place], data: gone } };
    const pattern = expect.stringContaining('got 0 elements (a detached buffer has no elements)');
    const error = { ...refused, message: pattern };
    expect(() => loss.forwardSync(texts, others)).toThrow(expect.objectContaining(error));
    await expect(loss.forward(texts, others)).rejects.toMatchObject(error);
  });

  test('out', async () => {
    const out = new Float32Array(length);
    structuredClone(out.buffer, { transfer: [out.buffer] });
    await expect(loss.valueAndGrad(maps, labels, { out })).rejects.toMatchObject(refused);
  });
});

describe('the memory of WebAssembly', () => {
  const pages = Math.ceil(byteLength / 65536);
  const make = (shared: boolean) =>
    new WebAssembly.Memory({ initial: pages, maximum: 4 * pages, shared });

  test.each([
    ['detached', false],
    ['shared', true],
  ])('that grows while the call waits, the old buffer %s', async (_, shared) => {
    const memory = make(shared);
    const given = inside(new Float32Array(memory.buffer, 0, length));
    const busy = occupy();
    const call = loss.valueAndGrad(given, labels);
    memory.grow(1);
    expect(given.data).toHaveLength(shared ? length : 0);
    await busy.stop();
    expect(await call).toStrictEqual(EXPECTED);
  });

  test('as `out` that grows while the call waits: detached, it rejects; shared, it is written', async () => {
    const [plain, shared] = [make(false), make(true)];
    const outs = [plain, shared].map(({ buffer }) => new Float32Array(buffer, 0, length));
    const busy = occupy();
    const calls = outs.map((out) => loss.valueAndGrad(maps, labels, { out }));
    for (const memory of [plain, shared]) memory.grow(1);
    await busy.stop();
    await expect(calls[0]).rejects.toMatchObject(refused);
    expect(new Uint8Array(plain.buffer).every((byte) => byte === 0)).toBe(true);
    expect((await calls[1])?.grad.data).toBe(outs[1]);
    expect(new Float32Array(shared.buffer, 0, length)).toEqual(EXPECTED.grad.data);
  });
});

describe('shared memory that another thread writes all the while', () => {
  const shared = <A extends Float32Array | Uint8Array>(of: {
    data: A;
    shape: readonly number[];
  }) => {
    const Class = of.data.constructor as new (buffer: SharedArrayBuffer) => A;
    const view = new Class(new SharedArrayBuffer(of.data.byteLength));
    view.set(of.data);
    return { ...of, data: view };
  };
  const bytes = (name: keyof typeof labels) =>
    shared(labels[name] as { data: Uint8Array; shape: readonly number[] });
  const [texts, gtTexts, gtKernels] = [
    shared({ ...maps, data }),
    bytes('gtTexts'),
    bytes('gtKernels'),
  ];
  const trainingMasks = bytes('trainingMasks');
  const compact = compactLabels(labels, { scale: 4 });
  const counts = shared(compact.counts as { data: Uint8Array; shape: readonly number[] });
  const out = new Float32Array(new SharedArrayBuffer(byteLength));
  let worker: Worker;

  beforeAll(async () => {
    worker = new Worker(
      `const { parentPort, workerData: { floats, bytes } } = require('node:worker_threads');
       const values = [0, -0, 1, -5, 5, 700, -700, 1e-40, 3e38, -3e38, NaN, Infinity, -Infinity];
       parentPort.postMessage('ready');
       let seed = 1;
       const draw = (below) => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % below;
       for (;;) {
         for (const array of floats) array[draw(array.length)] = values[draw(values.length)];
         for (const array of bytes) array[draw(array.length)] = draw(256);
       }`,
      {
        eval: true,
        workerData: {
          floats: [texts.data, out],
          bytes: [gtTexts.data, gtKernels.data, trainingMasks.data, counts.data],
        },
      },
    );
    await once(worker, 'message');
  });
  afterAll(() => worker.terminate());

  const PRESETS = ['paddleocr', 'psenet', 'mmocr'] as const;
  test.each(PRESETS)('hundreds of calls answer, under %s', async (preset) => {
    const written = { gtTexts, gtKernels, trainingMasks };
    const each = new PSELoss({ preset, kernelSampleMask: 'union', returnMask: true });
    const values: number[] = [];
    for (let i = 0; i < 60; i++) {
      values.push(each.valueAndGradSync(texts, written, { out }).loss);
      const both = [each.valueAndGrad(texts, written, { out }), each.forward(texts, written)];
      for (const result of await Promise.all(both)) values.push(result.loss);
    }
    expect(values.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY)).toEqual([]);
    expect(values).toHaveLength(180);
  });

  test('so they do with counts that cannot be', async () => {
    const given = { ...compact, counts };
    for (let i = 0; i < 60; i++) {
      const now = loss.valueAndGradSync(texts, given, { out });
      const { grad, perImage } = await loss.valueAndGrad(texts, given, { out });
      expect([now.grad.data, grad.data, perImage.loss.length]).toEqual([out, out, 2]);
    }
  });
});
