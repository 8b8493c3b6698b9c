// Tensors handed to and taken from another addon, by the protocol of docs/dlpack.md: whose memory is read and written, and
// who calls the deleter, exactly once.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compactLabels, PSELoss, Tensor } from 'pse-loss';
import { makeBatch } from '../support/batch';
import { errorOf } from '../support/error-of';
import { run } from '../support/process';
import { buildDLPackAddon, type DLPackAddon, floats, type Making } from './dlpack';

let folder = '';
let file = '';
let addon: DLPackAddon;
beforeAll(() => {
  ({ folder, file } = buildDLPackAddon());
  addon = require(file) as DLPackAddon;
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A tensor of the addon's, and how often its deleter was called. */
function make(making: Making) {
  const number = addon.deleted().length;
  const external = addon.make(making);
  return { external, deleted: () => addon.deleted()[number] };
}

/** What a child prints in the end; `addon`, `Tensor`, `make(changes)`, `tick` and `gc` are there. */
async function child(script: string, changes: object = {}): Promise<unknown> {
  const { code, signal, stdout, stderr } = await run(process.execPath, [
    '--expose-gc',
    '-e',
    `const { Tensor } = require('pse-loss');
     const addon = require(${JSON.stringify(file)});
     const tick = () => new Promise(setImmediate);
     const make = (given) => addon.make({
       memory: new Uint8Array(8), shape: [2], strides: [1], code: 2, bits: 32, major: 1, byteOffset: 0, device: 1, ...given,
     });
     const changes = ${JSON.stringify(changes)};
     const print = (value) => console.log(JSON.stringify(value));
     (async () => { ${script} })();`,
  ]);
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  return JSON.parse(stdout);
}

describe('a tensor that another addon makes', () => {
  test('says its shape, strides and dtype, and is read row by row', async () => {
    // [2, 3] with its rows beside each other: 1 2 3 | 4 5 6
    const { external } = make(floats([1, 4, 2, 5, 3, 6], [2, 3], [1, 2]));
    const tensor = Tensor.fromDLPack(external);
    const { shape, strides, dtype, device, numel, byteLength, requiresGrad } = tensor;
    expect({ shape, strides, dtype, device, numel, byteLength, requiresGrad }).toEqual({
      ...{ shape: [2, 3], strides: [1, 2], dtype: 'float32', device: 'cpu' },
      ...{ numel: 6, byteLength: 24, requiresGrad: false },
    });
    expect(await tensor.data()).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const copy = tensor.clone();
    expect([copy.strides, copy.dataSync()]).toEqual([[3, 1], Float32Array.of(1, 2, 3, 4, 5, 6)]);
  });

  test.each([
    ['float64', 2, 64, new Uint8Array(Float64Array.of(1.5, -2).buffer), Float64Array.of(1.5, -2)],
    ['float16', 2, 16, new Uint8Array(Uint16Array.of(0x3c00, 1).buffer), Uint16Array.of(0x3c00, 1)],
    ['bfloat16', 4, 16, new Uint8Array(Uint16Array.of(0x3f80, 1).buffer), Uint16Array.of(16256, 1)],
    ['uint8', 1, 8, Uint8Array.of(7, 255), Uint8Array.of(7, 255)],
    ['uint16', 1, 16, new Uint8Array(Uint16Array.of(7, 65535).buffer), Uint16Array.of(7, 65535)],
    ['int32', 0, 32, new Uint8Array(Int32Array.of(-1, 5).buffer), Int32Array.of(-1, 5)],
    ['int64', 0, 64, new Uint8Array(BigInt64Array.of(-1n, 5n).buffer), BigInt64Array.of(-1n, 5n)],
    ['bool', 6, 8, Uint8Array.of(1, 0), Uint8Array.of(1, 0)],
  ] as const)('may be of %s', (dtype, code, bits, memory, elements) => {
    const { external } = make(floats([], [2], [1], { memory, code, bits }));
    const tensor = Tensor.fromDLPack(external);
    expect([tensor.dtype, tensor.dataSync()]).toEqual([dtype, elements]);
  });

  test('may have no axes, no elements, or begin behind an offset', () => {
    const dataOf = (making: Making) => Tensor.fromDLPack(addon.make(making)).dataSync();
    expect(dataOf(floats([3], [], []))).toEqual(Float32Array.of(3));
    expect(dataOf(floats([], [2, 0], [1, 1]))).toEqual(new Float32Array(0));
    expect(dataOf(floats([9, 1, 2], [2], [1], { byteOffset: 4 }))).toEqual(Float32Array.of(1, 2));
  });

  test('may say elements more than once', () => {
    const rows = Tensor.fromDLPack(addon.make(floats([1, 2, 3], [2, 3], [0, 1])));
    expect(rows.dataSync()).toEqual(Float32Array.of(1, 2, 3, 1, 2, 3));
    expect(rows.clone().strides).toEqual([3, 1]);
  });

  test.each([
    ['rows beside each other', [1, 1, 2, 3], [6, 6, 1, 2]],
    ['channels last', [1, 2, 3, 1], [6, 1, 2, 2]],
  ] as const)(
    'shares its memory with `to` and `detach`, which say its strides: %s',
    (_, shape, strides) => {
      const { external } = make(floats([1, 4, 2, 5, 3, 6], shape, strides));
      const tensor = Tensor.fromDLPack(external);
      const { number } = addon.take(tensor.toDLPack());
      for (const same of [tensor.to({}), tensor.detach()]) {
        addon.write(number, 0, 1);
        expect(same.dataSync()).toEqual(tensor.dataSync());
        addon.write(number, 0, 8);
        expect(same.dataSync()[0]).toBe(8);
        const taken = addon.take(same.toDLPack());
        expect([same.strides, taken.strides]).toEqual([strides, strides]);
        addon.release(taken.number);
      }
      addon.release(number);
    },
  );

  test('of uint16 goes where its dtype may stay', () => {
    const memory = new Uint8Array(Uint16Array.of(65535).buffer);
    const { external } = make(floats([], [1], [1], { memory, code: 1, bits: 16 }));
    const tensor = Tensor.fromDLPack(external);
    const same = [tensor.clone(), tensor.detach(), tensor.to({ dtype: 'int32' }), tensor.to({})];
    expect(same.map((each) => each.itemSync())).toEqual(Array(4).fill(65535));
  });

  test('its changes are seen, since nothing is copied', () => {
    const given = Tensor.from(Float32Array.of(1, 2));
    const again = Tensor.fromDLPack(given.toDLPack());
    const { number } = addon.take(again.toDLPack());
    addon.write(number, 1, 8);
    addon.release(number);
    expect([given.dataSync(), again.dataSync()]).toEqual(Array(2).fill(Float32Array.of(1, 8)));
  });
});

describe('the loss of strided tensors', () => {
  const { maps, labels } = makeBatch({ seed: 31, images: 2, kernels: 2, height: 6, width: 5 });
  const { gtTexts, gtKernels, trainingMasks } = labels;

  /** [N, C, h, w] as memory [N, h, w, C]. */
  function channelsLast(data: Float32Array, [n, c, h, w]: readonly number[]) {
    const [images, channels, height, width] = [n!, c!, h!, w!];
    const pixels = height * width;
    const memory = new Float32Array(data.length);
    data.forEach((value, i) => {
      const channel = Math.floor(i / pixels) % channels;
      const image = Math.floor(i / (pixels * channels));
      memory[(image * pixels + (i % pixels)) * channels + channel] = value;
    });
    const strides = [pixels * channels, 1, width * channels, channels];
    return floats(memory, [images, channels, height, width], strides);
  }

  /** uint8 [N, H, W] in every other byte, rows three bytes longer than they need be. */
  function spread(data: Uint8Array, shape: readonly number[]): Making {
    const width = shape.at(-1)!;
    const row = 2 * width + 3;
    const memory = new Uint8Array((data.length / width) * row).fill(1);
    data.forEach((value, i) => {
      memory[Math.floor(i / width) * row + 2 * (i % width)] = value;
    });
    const strides = shape.map((_, axis) =>
      axis === shape.length - 1
        ? 2
        : row * shape.slice(axis + 1, -1).reduce((product, size) => product * size, 1),
    );
    return floats([], shape, strides, { memory, code: 1, bits: 8 });
  }

  test('has the bits of that of dense ones, and so has its gradient', async () => {
    const loss = new PSELoss({ returnMask: true });
    const expected = loss.valueAndGradSync(maps, labels);
    const bytes = (of: { data: unknown; shape: readonly number[] }) =>
      Tensor.fromDLPack(addon.make(spread(of.data as Uint8Array, of.shape)));
    const strided = {
      gtTexts: bytes(gtTexts),
      gtKernels: bytes(gtKernels),
      trainingMasks: bytes(trainingMasks),
    };
    const given = Tensor.fromDLPack(
      addon.make(channelsLast(maps.data as Float32Array, maps.shape)),
    );
    expect(given.strides[1]).toBe(1);
    const result = await loss.valueAndGrad(given, strided);
    expect(await result.loss.item()).toBe(expected.loss);
    expect(await result.grad.data()).toEqual(expected.grad.data);
    expect(await result.selectedMask?.data()).toEqual(expected.selectedMask?.data);
    expect(loss.forwardSync(maps, strided).loss).toBe(expected.loss);
  });

  test('takes counts of uint16, which no array makes a tensor of', async () => {
    const batch = makeBatch({ seed: 32, height: 3, width: 4, kernels: 2, scale: 16 });
    const compact = compactLabels(batch.labels, { scale: 16 });
    const { data, shape } = compact.counts;
    const memory = new Uint8Array(data.buffer);
    const [, c, h, w] = shape as [number, number, number, number];
    const strides = [c * h * w, h * w, w, 1];
    const making = floats([], shape, strides, { memory, code: 1, bits: 16 });
    const counts = Tensor.fromDLPack(addon.make(making));
    const { loss } = new PSELoss().forwardSync(Tensor.from(batch.maps), { ...compact, counts });
    expect(await loss.item()).toBe(new PSELoss().forwardSync(batch.maps, batch.labels).loss);
  });
});

describe('a tensor of ours', () => {
  test('is read and written by the other addon, in its own memory', async () => {
    const tensor = Tensor.from(Float32Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] });
    const { number, ...taken } = addon.take(tensor.toDLPack());
    expect(taken).toEqual({
      ...{ major: 1, shape: [2, 3], strides: [3, 1], code: 2, bits: 32, lanes: 1, device: 1 },
    });
    expect(addon.read(number, 4)).toBe(5);
    addon.write(number, 4, -7);
    expect(await tensor.data()).toEqual(Float32Array.of(1, 2, 3, 4, -7, 6));
    addon.release(number);
    expect(tensor.dataSync()[4]).toBe(-7);
  });

  test('may be disposed of before the other addon is done', () => {
    const tensor = Tensor.from(Float32Array.of(1, 2));
    const { number } = addon.take(tensor.toDLPack());
    tensor.dispose();
    addon.write(number, 0, 5);
    expect([addon.read(number, 0), addon.read(number, 1)]).toEqual([5, 2]);
    addon.release(number);
  });

  test('is waited for', () => {
    const tensor = Tensor.from(new Float32Array(300_000).fill(2));
    const converted = tensor.to({ dtype: 'float64' }).to({ dtype: 'float32' });
    const { number } = addon.take(converted.toDLPack());
    expect(addon.read(number, 299_999)).toBe(2);
    addon.release(number);
  });

  test('keeps the strides that it came with', () => {
    const { external } = make(floats([1, 4, 2, 5, 3, 6], [2, 3], [1, 2]));
    const { number, strides } = addon.take(Tensor.fromDLPack(external).toDLPack());
    expect(strides).toEqual([1, 2]);
    addon.release(number);
  });
});

describe('the deleter is called once', () => {
  test('when the tensor is disposed of, and again disposed of', () => {
    const { external, deleted } = make(floats([1], [1], [1]));
    const tensor = Tensor.fromDLPack(external);
    expect(deleted()).toBe(0);
    tensor.dispose();
    tensor.dispose();
    expect(deleted()).toBe(1);
  });

  test('when the last handle that shares its memory is', async () => {
    const { external, deleted } = make(floats([1], [1], [1]));
    const tensor = Tensor.fromDLPack(external);
    const same = tensor.detach();
    expect(same.itemSync()).toBe(1);
    tensor.dispose();
    expect([deleted(), same.itemSync()]).toEqual([0, 1]);
    // The call that made the second handle holds both until it is settled.
    await same.ready();
    same.dispose();
    expect(deleted()).toBe(1);
  });

  test('not before a queued call that reads the tensor has run', async () => {
    const { external, deleted } = make(floats(new Float32Array(300_000).fill(3), [300_000], [1]));
    const tensor = Tensor.fromDLPack(external);
    const copy = tensor.to({ dtype: 'float64' });
    tensor.dispose();
    expect((await copy.data()).every((value) => value === 3)).toBe(true);
    await copy.ready();
    expect(deleted()).toBe(1);
  });

  test('when the collector finds an External that nobody took', async () => {
    const script = `
      (() => { make(); make(); })();
      Tensor.fromDLPack(make()).dispose();
      for (let i = 0; i < 4; i++) { gc(); await tick(); }
      print(addon.deleted());`;
    expect(await child(script)).toEqual([1, 1, 1]);
  });

  test('when the collector finds a tensor that nobody disposed of', async () => {
    const script = `
      (() => { Tensor.fromDLPack(make()); })();
      const kept = Tensor.fromDLPack(make());
      for (let i = 0; i < 4; i++) { gc(); await tick(); }
      print([addon.deleted(), kept.dataSync().length]);`;
    expect(await child(script)).toEqual([[1, 0], 2]);
  });

  test('or never, and nothing crashes, when the process ends first', async () => {
    const script = `
      const external = make();
      const tensor = Tensor.fromDLPack(make());
      const ours = Tensor.from(Float32Array.of(1));
      const given = ours.toDLPack();
      const { number } = addon.take(ours.toDLPack());
      print([addon.deleted(), addon.read(number, 0)]);
      globalThis.kept = [external, tensor, ours, given];
      process.exit(0);`;
    expect(await child(script)).toEqual([[0, 0], 1]);
  });
});

describe('refuses', () => {
  const NO_EXTERNAL = {
    ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
    message: 'Tensor.fromDLPack: not of a kind that is taken: no External of DLPack',
  };

  test('whatever is no External of this kind', () => {
    const others: readonly unknown[] = [
      ...[undefined, null, 1, 'DLPack', {}, [], () => {}, Symbol('external')],
      ...[Tensor.from(Float32Array.of(1)), addon.foreign(false), addon.foreign(true)],
    ];
    for (const other of others) {
      expect(errorOf(() => Tensor.fromDLPack(other as object))).toEqual(NO_EXTERNAL);
    }
  });

  test('an External whose tensor was taken, whoever took it', () => {
    const taken = {
      ...{ name: 'Error', code: 'ERR_PSE_DISPOSED' },
      message: 'Tensor.fromDLPack: what it needs was given back: its tensor was taken already',
    };
    const { external, deleted } = make(floats([1], [1], [1]));
    const tensor = Tensor.fromDLPack(external);
    expect(errorOf(() => Tensor.fromDLPack(external))).toEqual(taken);
    expect(() => addon.take(external)).toThrow('its tensor was taken already');
    tensor.dispose();
    expect(deleted()).toBe(1);

    const ours = Tensor.from(Float32Array.of(1)).toDLPack();
    addon.release(addon.take(ours).number);
    expect(errorOf(() => Tensor.fromDLPack(ours))).toEqual(taken);
  });

  test.each([
    ['another major version of DLPack', { major: 2 }],
    ['int8', { code: 0, bits: 8 }],
    ['complex64', { code: 5, bits: 64 }],
    ['a float of 8 bits', { code: 10, bits: 8 }],
    ['a dtype that DLPack does not know', { code: 77 }],
    ['OpenCL memory', { device: 4 }],
    ['CUDA memory, of which this release has none', { device: 2 }],
    ['a negative size', { shape: [-1] }],
    ['a negative stride', { strides: [-1], byteOffset: 4 }],
    ['strides beyond all memory', { strides: [2 ** 62] }],
    ['sizes beyond all memory', { shape: [2 ** 62, 2 ** 62], strides: [1, 1] }],
    ['nine axes', { shape: Array<number>(9).fill(1), strides: Array<number>(9).fill(1) }],
  ] as const)('a tensor of %s, which stays with its owner', async (_, changes) => {
    // In a process of its own: what is not refused in time may end it.
    const answer = await child(
      `
      const external = make(changes);
      let code = 'nothing';
      try { Tensor.fromDLPack(external); } catch (error) { ({ code } = error); }
      const [deleted] = addon.deleted();
      const held = addon.holds(external);
      print({ code, deleted, held });`,
      changes,
    );
    expect(answer).toEqual({ code: 'ERR_PSE_DTYPE', deleted: 0, held: true });
  });

  test('to hand over a tensor with a gradient, but not what was detached of it', () => {
    const tensor = Tensor.from(Float32Array.of(4), { requiresGrad: true });
    for (const each of [tensor, tensor.clone()]) {
      expect(errorOf(() => each.toDLPack())).toEqual({
        ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
        message:
          'Tensor.toDLPack: expected the tensor to be one without a gradient, which DLPack cannot hand over, got one that requires it (tensor.detach().toDLPack())',
      });
    }
    const { number } = addon.take(tensor.detach().toDLPack());
    expect(addon.read(number, 0)).toBe(4);
    addon.release(number);
  });

  test('to hand over what was disposed of', () => {
    const tensor = Tensor.from(Float32Array.of(4));
    tensor.dispose();
    expect(errorOf(() => tensor.toDLPack()).code).toBe('ERR_PSE_DISPOSED');
  });
});
