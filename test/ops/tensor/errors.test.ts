// In which words the calls of Tensor refuse their arguments. What they say of tensors that were disposed of stands in
// dispose.test.ts, of DLPack in test/binding/dlpack.test.ts.
import { describe, expect, test } from '@jest/globals';
import { Tensor } from 'pse-loss';
import { errorOf } from '../../support/error-of';

type Row = readonly [value: unknown, code: string, message: string];

const CLASSES: Readonly<Record<string, string>> = {
  ERR_PSE_SHAPE: 'RangeError',
  ERR_PSE_CUDA_UNAVAILABLE: 'Error',
};

/** Holds each call to its code and its whole message. */
function refuses(call: string, rows: readonly Row[], work: (value: never) => unknown): void {
  test.each(rows.map(([value, code, message]) => ({ value, code, message })))(
    '$message',
    ({ value, code, message }) => {
      expect(errorOf(() => work(value as never))).toEqual({
        name: CLASSES[code] ?? 'TypeError',
        code,
        message: `${call}: ${message}`,
      });
    },
  );
}

const DTYPES =
  "'float32', 'float64', 'float16', 'bfloat16', 'uint8', 'int32', 'int64' or 'bool'" as const;
const ARRAYS = DTYPES.replaceAll("'", '').replace(' or', ',');

/** What options of each call refuse alike. */
const DTYPE_AND_DEVICE: readonly Row[] = [
  [
    { dtype: 'f32' },
    'ERR_PSE_OPTION',
    `expected options.dtype to be ${DTYPES}, got the string "f32"`,
  ],
  [
    { dtype: 'Float64' },
    'ERR_PSE_OPTION',
    `expected options.dtype to be ${DTYPES}, got the string "Float64" (did you mean 'float64'?)`,
  ],
  [{ dtype: 32 }, 'ERR_PSE_TYPE', `expected options.dtype to be ${DTYPES}, got the number 32`],
  [
    { device: 'gpu' },
    'ERR_PSE_OPTION',
    `expected options.device to be 'cpu' or 'cuda:<number>', got the string "gpu"`,
  ],
  ...['cuda:', 'cuda:-1', 'cuda:01', 'cuda:1.5', 'CPU', ''].map(
    (device): Row => [
      { device },
      'ERR_PSE_OPTION',
      `expected options.device to be 'cpu' or 'cuda:<number>', got the string "${device}"`,
    ],
  ),
  [
    { device: 0 },
    'ERR_PSE_TYPE',
    "expected options.device to be 'cpu' or 'cuda:<number>', got the number 0",
  ],
  [
    { device: 'cuda' },
    'ERR_PSE_CUDA_UNAVAILABLE',
    'there is no cuda:0: this release computes on the CPU only',
  ],
  [
    { device: 'cuda:3' },
    'ERR_PSE_CUDA_UNAVAILABLE',
    'there is no cuda:3: this release computes on the CPU only',
  ],
  [
    { device: null },
    'ERR_PSE_TYPE',
    "expected options.device to be 'cpu' or 'cuda:<number>', got null",
  ],
  [{ dtype: null }, 'ERR_PSE_TYPE', `expected options.dtype to be ${DTYPES}, got null`],
  [null, 'ERR_PSE_TYPE', 'expected options to be an object, got null'],
  ['cpu', 'ERR_PSE_TYPE', 'expected options to be an object, got the string "cpu"'],
];

describe('Tensor.from refuses data:', () => {
  const rows: readonly Row[] = [
    [undefined, 'ERR_PSE_TYPE', 'expected data to be an object { data, shape }, got nothing'],
    [5, 'ERR_PSE_TYPE', 'expected data to be an object { data, shape }, got the number 5'],
    [
      [1, 2],
      'ERR_PSE_TYPE',
      'expected data to be an object { data, shape }, got an array of 2 elements',
    ],
    [
      new ArrayBuffer(4),
      'ERR_PSE_TYPE',
      `expected data.data to be a typed array of ${ARRAYS}, got nothing`,
    ],
    [
      new Int8Array(2),
      'ERR_PSE_DTYPE',
      `expected data.data to be a typed array of ${ARRAYS}, got an Int8Array of 2 elements (Float32Array.from(data) makes one)`,
    ],
    [
      new Uint16Array(2),
      'ERR_PSE_DTYPE',
      "expected data.dtype to be 'float16' or 'bfloat16', as its data says, got nothing (a Uint16Array may hold the bits of either)",
    ],
    [
      { data: new Float32Array(2), shape: [2], dtype: 'float64' },
      'ERR_PSE_DTYPE',
      `expected data.dtype to be 'float32', as its data says, got "float64"`,
    ],
    [
      { data: new Float32Array(2), shape: [3] },
      'ERR_PSE_SHAPE',
      'expected data.data to be 3 elements, as its shape [3] says, got 2 elements',
    ],
    [
      { data: new Float32Array(2) },
      'ERR_PSE_TYPE',
      'expected data.shape to be an array […], got nothing',
    ],
    [
      { data: new Float32Array(1), shape: Array(9).fill(1) },
      'ERR_PSE_SHAPE',
      'expected data.shape to be […], 0 to 8 sizes of 0 or more, got [1, 1, 1, 1, 1, 1, 1, 1, …]',
    ],
  ];
  refuses('Tensor.from', rows, (data) => Tensor.from(data));

  test('a detached buffer, unless no element is asked for', () => {
    const data = Float32Array.of(1, 2);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect(errorOf(() => Tensor.from(data, { shape: [2] })).message).toBe(
      'Tensor.from: expected data.data to be 2 elements, as its shape [2] says, got 0 elements (a detached buffer has no elements)',
    );
    expect(Tensor.from(data).shape).toEqual([0]);
  });
});

describe('Tensor.from refuses options:', () => {
  const rows: readonly Row[] = [
    ...DTYPE_AND_DEVICE,
    [
      { shape: [3] },
      'ERR_PSE_SHAPE',
      'expected data.data to be 3 elements, as its shape [3] says, got 2 elements',
    ],
    [{ shape: 2 }, 'ERR_PSE_TYPE', 'expected data.shape to be an array […], got the number 2'],
    [
      { requiresGrad: 1 },
      'ERR_PSE_TYPE',
      'expected options.requiresGrad to be true or false, got the number 1',
    ],
    [
      { requiresGrad: null },
      'ERR_PSE_TYPE',
      'expected options.requiresGrad to be true or false, got null',
    ],
    ...['uint8', 'int32', 'int64', 'bool'].map(
      (dtype): Row => [
        { dtype, requiresGrad: true },
        'ERR_PSE_DTYPE',
        `expected options.dtype to be floating, as requiresGrad needs, got '${dtype}'`,
      ],
    ),
    [
      { requires_grad: true },
      'ERR_PSE_OPTION',
      `expected options to be an object with known options only, got the option "requires_grad" (did you mean 'requiresGrad'?)`,
    ],
    [
      { pinned: true },
      'ERR_PSE_OPTION',
      'expected options to be an object with known options only, got the option "pinned" (known are shape, dtype, device, requiresGrad)',
    ],
  ];
  refuses('Tensor.from', rows, (options) => Tensor.from(new Float32Array(2), options));

  test('a shape beside data that has one', () => {
    const data = { data: new Float32Array(2), shape: [2] };
    expect(errorOf(() => Tensor.from(data, { shape: [1, 2] }))).toMatchObject({
      code: 'ERR_PSE_OPTION',
      message:
        'Tensor.from: expected options.shape to be left out, since data has a shape, got an array of 2 elements',
    });
  });
});

describe('Tensor.empty refuses', () => {
  const at = 'expected shape to be an array of at most 8 sizes';
  const sizes = `${at} of 0 or more, with a product below 2^50, got`;
  const shapes: readonly Row[] = [
    [undefined, 'ERR_PSE_TYPE', `${at}, got nothing`],
    [4, 'ERR_PSE_TYPE', `${at}, got the number 4`],
    [new Int32Array(2), 'ERR_PSE_TYPE', `${at}, got an Int32Array of 2 elements`],
    [[-1], 'ERR_PSE_SHAPE', `${sizes} [-1]`],
    [[1.5], 'ERR_PSE_SHAPE', `${sizes} [1.5]`],
    [[2, '3'], 'ERR_PSE_SHAPE', `${sizes} [2, the string "3"]`],
    [[2 ** 40, 2 ** 10], 'ERR_PSE_SHAPE', `${sizes} [${2 ** 40}, 1024]`],
    [[0, 2 ** 52], 'ERR_PSE_SHAPE', `${sizes} [0, ${2 ** 52}]`],
    [Array(9).fill(1), 'ERR_PSE_SHAPE', `${sizes} [1, 1, 1, 1, 1, 1, 1, 1, …]`],
    [{ length: 2 ** 31 }, 'ERR_PSE_TYPE', `${at}, got an object`],
  ];
  refuses('Tensor.empty', shapes, (shape) => Tensor.empty(shape));

  const options: readonly Row[] = [
    ...DTYPE_AND_DEVICE,
    [{ pinned: null }, 'ERR_PSE_TYPE', 'expected options.pinned to be true or false, got null'],
    [
      { pinned: 1 },
      'ERR_PSE_TYPE',
      'expected options.pinned to be true or false, got the number 1',
    ],
    [
      { pinned: true },
      'ERR_PSE_CUDA_UNAVAILABLE',
      'there is no cuda:0: this release computes on the CPU only',
    ],
    [
      { requiresGrad: true },
      'ERR_PSE_OPTION',
      'expected options to be an object with known options only, got the option "requiresGrad" (known are dtype, device, pinned)',
    ],
  ];
  refuses('Tensor.empty', options, (given) => Tensor.empty([2], given));

  test('more than there is memory for', () => {
    expect(errorOf(() => Tensor.empty([2 ** 47]))).toEqual({
      name: 'Error',
      code: 'ERR_PSE_OUT_OF_MEMORY',
      message: expect.stringMatching(/^Tensor\.empty: out of memory: /),
    });
    expect(Tensor.empty([2]).numel).toBe(2);
  });
});

describe('Tensor.to refuses', () => {
  const rows: readonly Row[] = [
    ...DTYPE_AND_DEVICE,
    [
      { nonBlocking: null },
      'ERR_PSE_TYPE',
      'expected options.nonBlocking to be true or false, got null',
    ],
    [
      { nonBlocking: 'yes' },
      'ERR_PSE_TYPE',
      'expected options.nonBlocking to be true or false, got the string "yes"',
    ],
    [
      { non_blocking: true },
      'ERR_PSE_OPTION',
      `expected options to be an object with known options only, got the option "non_blocking" (did you mean 'nonBlocking'?)`,
    ],
  ];
  refuses('Tensor.to', rows, (options) => Tensor.from(new Float32Array(2)).to(options));
});

describe('Tensor.grad refuses', () => {
  const rows = [undefined, 0, false, {}, Tensor.from(new Float32Array(1))].map(
    (value): Row => [
      value,
      'ERR_PSE_TYPE',
      'expected the new value to be null, got something else',
    ],
  );
  refuses('Tensor.grad', rows, (value) => {
    Tensor.from(new Float32Array(1), { requiresGrad: true }).grad = value;
  });
});

describe('Tensor.backwardSync refuses', () => {
  const leaf = () => Tensor.from(new Float32Array(2), { requiresGrad: true });
  const rows: readonly Row[] = [
    [
      undefined,
      'ERR_PSE_SHAPE',
      'expected gradOutput to be a tensor [2], got nothing (only a single element is differentiated by itself)',
    ],
    [null, 'ERR_PSE_TYPE', 'expected gradOutput to be a Tensor, got null'],
    [1, 'ERR_PSE_TYPE', 'expected gradOutput to be a Tensor, got the number 1'],
    [
      { data: new Float32Array(2), shape: [2] },
      'ERR_PSE_TYPE',
      'expected gradOutput to be a Tensor, got an object',
    ],
    [
      Tensor.from(new Float64Array(2)),
      'ERR_PSE_DTYPE',
      "expected gradOutput to be a tensor of float32, got one of float64 (tensor.to({ dtype: 'float32' }) makes one)",
    ],
    [Tensor.from(new Float32Array(3)), 'ERR_PSE_SHAPE', 'expected gradOutput to be [2], got [3]'],
    [
      Tensor.from(new Float32Array(2), { shape: [1, 2] }),
      'ERR_PSE_SHAPE',
      'expected gradOutput to be [2], got [1, 2]',
    ],
  ];
  refuses('Tensor.backwardSync', rows, (gradOutput) => leaf().backwardSync(gradOutput));

  test('what has no gradient', () => {
    const plain = Tensor.from(Float32Array.of(1));
    for (const each of [plain, plain.clone(), plain.detach()]) {
      expect(errorOf(() => each.backwardSync())).toEqual({
        ...{ name: 'TypeError', code: 'ERR_PSE_TYPE' },
        message:
          'Tensor.backwardSync: expected the tensor to be computed from one that was made with requiresGrad, got one that was not (IoUs and masks have no gradient, nor have results of valueAndGrad)',
      });
    }
  });

  test('and so does Tensor.backward, by its promise', async () => {
    await expect(leaf().backward()).rejects.toMatchObject({
      ...{ name: 'RangeError', code: 'ERR_PSE_SHAPE' },
      message: expect.stringMatching(/^Tensor\.backward: expected gradOutput to be a tensor \[2\]/),
    });
  });

  test('nothing that leaves a gradient behind', () => {
    const tensor = leaf();
    expect(errorOf(() => tensor.backwardSync()).code).toBe('ERR_PSE_SHAPE');
    expect(tensor.grad).toBe(null);
  });
});
