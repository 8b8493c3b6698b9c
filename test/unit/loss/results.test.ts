// What a loss comes back as: the arrays that are made for the addon to fill, and how they are shown. No native code runs.
import { describe, expect, test } from '@jest/globals';
import type { NativeLossResults } from '../../../binding.gyp';
import type { ArrayArgument } from '../../../lib/arguments/array';
import type { MapDType } from '../../../lib/arguments/maps';
import type { ReadBatch } from '../../../lib/loss/batch';
import { allocateResults, presentResults } from '../../../lib/loss/results';

const SHAPE = { images: 2, kernels: 3, height: 8, width: 4 };

interface Requested {
  readonly reduction: 'none' | 'mean' | 'sum';
  readonly mask: boolean;
  readonly grad: boolean | Partial<Parameters<typeof allocateResults>[3] & object>;
}

const CLASS = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

/** Nothing but what is looked at: the dtype and class of the maps, and the sizes. */
const batchOf = (dtype: MapDType, shape: typeof SHAPE) => {
  const maps = { data: new CLASS[dtype](0), shape: [2, 4, 2, 1], dtype };
  return { maps: maps as ArrayArgument<MapDType>, shape } as unknown as ReadBatch;
};

const allocate = (
  { reduction = 'sum', mask = false, grad = false }: Partial<Requested> = {},
  dtype: MapDType = 'float32',
  shape = SHAPE,
): NativeLossResults =>
  allocateResults(
    'PSELoss.forwardSync',
    batchOf(dtype, shape),
    { reduction, returnMask: mask },
    grad === false
      ? undefined
      : { gradDtype: dtype, out: undefined, ...(grad === true ? {} : grad) },
  );

/** Every array, by name: its class, its shape and its dtype. */
const outline = (results: NativeLossResults) =>
  Object.fromEntries(
    Object.entries(results).map(([name, { data, shape, dtype }]) => [
      name,
      [data.constructor.name, data.length, shape, dtype],
    ]),
  );

describe('allocateResults', () => {
  test('makes one array of each kind, in the dtype of the maps', () => {
    expect(outline(allocate())).toEqual({
      perImage: ['Float32Array', 10, [5, 2], 'float32'],
      reduced: ['Float32Array', 5, [5], 'float32'],
      lossPerKernel: ['Float32Array', 6, [2, 3], 'float32'],
    });
    expect(outline(allocate({}, 'float64'))).toEqual({
      perImage: ['Float64Array', 10, [5, 2], 'float64'],
      reduced: ['Float64Array', 5, [5], 'float64'],
      lossPerKernel: ['Float64Array', 6, [2, 3], 'float64'],
    });
  });

  test("gives 'none' one column per image", () => {
    expect(outline(allocate({ reduction: 'none' })).reduced).toEqual([
      'Float32Array',
      10,
      [5, 2],
      'float32',
    ]);
  });

  test('makes the mask and the gradient only where they are asked for; the mask is float32 always', () => {
    const { selectedMask, grad } = outline(allocate({ mask: true, grad: true }, 'float64'));
    expect(selectedMask).toEqual(['Float32Array', 64, [2, 8, 4], 'float32']);
    expect(grad).toEqual(['Float64Array', 16, [2, 4, 2, 1], 'float64']);
  });

  test.each(['float16', 'bfloat16'] as const)(
    'gives %s maps float32 results, and their gradient as its bits',
    (dtype) => {
      const { perImage, lossPerKernel, grad } = outline(allocate({ grad: true }, dtype));
      expect([perImage?.[3], lossPerKernel?.[3]]).toEqual(['float32', 'float32']);
      expect(grad).toEqual(['Uint16Array', 16, [2, 4, 2, 1], dtype]);
    },
  );

  test('makes no gradient where it goes elsewhere, and one of the dtype that was asked for', () => {
    const out = new Float32Array(16);
    expect(allocate({ grad: { out } }).grad?.data).toBe(out);
    const { grad } = outline(allocate({ grad: { gradDtype: 'float32' } }, 'bfloat16'));
    expect(grad).toEqual(['Float32Array', 16, [2, 4, 2, 1], 'float32']);
  });

  test('makes empty arrays for no images', () => {
    const none = { ...SHAPE, images: 0 };
    expect(outline(allocate({ reduction: 'none' }, 'float32', none))).toEqual({
      perImage: ['Float32Array', 0, [5, 0], 'float32'],
      reduced: ['Float32Array', 0, [5, 0], 'float32'],
      lossPerKernel: ['Float32Array', 0, [0, 3], 'float32'],
    });
  });
});

test('memory that there is not is the machine’s error, and says whose call asked for how much', () => {
  const huge = { ...SHAPE, images: 2 ** 20, height: 2 ** 20, width: 2 ** 10 };
  expect(() => allocate({ mask: true }, 'float32', huge)).toThrow(
    expect.objectContaining({
      name: 'Error',
      code: 'ERR_PSE_OUT_OF_MEMORY',
      message:
        'PSELoss.forwardSync: no memory for 1125899906842624 elements of float32, [1048576, 1048576, 1024]',
    }),
  );
});

describe('presentResults', () => {
  /** Filled as the addon would: every element has a value of its own. */
  const filled = (requested: Partial<Requested>) => {
    const results = allocate(requested);
    let next = 1;
    for (const { data } of Object.values(results)) {
      (data as Float32Array).forEach((_, i, values) => {
        values[i] = next++;
      });
    }
    return results;
  };
  const floats = (...values: number[]) => Float32Array.from(values);
  const PER_IMAGE = {
    loss: floats(1, 2),
    lossText: floats(3, 4),
    lossKernels: floats(5, 6),
    iouText: floats(7, 8),
    iouKernel: floats(9, 10),
  };

  test('gives each value its name: numbers where they were reduced, and all of them per image', () => {
    expect(presentResults(filled({}), 2, 'sum')).toStrictEqual({
      loss: 11,
      lossText: 12,
      lossKernels: 13,
      iouText: 14,
      iouKernel: 15,
      perImage: PER_IMAGE,
      lossPerKernel: { data: floats(16, 17, 18, 19, 20, 21), shape: [2, 3] },
    });
  });

  test("gives arrays for 'none'", () => {
    const { loss, iouKernel } = presentResults(filled({ reduction: 'none' }), 2, 'none');
    expect([loss, iouKernel]).toEqual([floats(11, 12), floats(19, 20)]);
  });

  test('gives every value memory of its own, so that changing one changes no other', () => {
    const result = presentResults(filled({ reduction: 'none' }), 2, 'none');
    const arrays = [
      ...Object.values(result.perImage),
      ...[result.loss, result.lossText, result.lossKernels, result.iouText, result.iouKernel],
    ] as Float32Array[];
    expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(10);
  });

  test('shows mask and gradient with their shapes and nothing of the addon', () => {
    const native = filled({ mask: true, grad: true });
    const { selectedMask, grad } = presentResults(native, 2, 'sum');
    expect(selectedMask).toStrictEqual({ data: native.selectedMask?.data, shape: [2, 8, 4] });
    expect(grad).toStrictEqual({ data: native.grad?.data, shape: [2, 4, 2, 1] });
  });

  test('says the dtype of a gradient of halves, whose array does not', () => {
    const { grad } = presentResults(allocate({ grad: true }, 'bfloat16'), 2, 'sum');
    expect(grad).toStrictEqual({
      data: new Uint16Array(16),
      shape: [2, 4, 2, 1],
      dtype: 'bfloat16',
    });
  });

  test('leaves out what was not asked for', () => {
    const names = Object.keys(presentResults(filled({}), 2, 'mean'));
    expect(names).not.toContain('selectedMask');
    expect(names).not.toContain('grad');
  });
});
