// Labels as counts: what is counted, in which order, and what cannot be.
import { describe, expect, test } from '@jest/globals';
import { type CompactLabels, compactLabels, type Labels } from 'pse-loss';
import { readCompactLabels } from '../../../lib/arguments/compact';
import { ARRAY_OF } from '../../../lib/arguments/dtype';
import { LABEL_DTYPES, type LabelDType } from '../../../lib/arguments/labels';
import { errorOf } from '../../support/error-of';
import { random } from '../../support/random';
import { askWorker } from '../../support/worker';

/** Labels of N images with Kg kernels, row by row. */
interface Plain {
  readonly images: number;
  readonly kernels: number;
  readonly height: number;
  readonly width: number;
  readonly gtTexts: readonly number[];
  readonly gtKernels: readonly number[];
  readonly trainingMasks: readonly number[];
}

/** Labels whose every pixel is drawn by itself: kernels outside of the text too. */
function draw(seed: number, size: Pick<Plain, 'images' | 'kernels' | 'height' | 'width'>): Plain {
  const drawn = random(seed);
  const { images, kernels, height, width } = size;
  const bits = (planes: number) =>
    Array.from({ length: planes * height * width }, () => drawn.integer(0, 2));
  return {
    ...size,
    gtTexts: bits(images),
    gtKernels: bits(images * kernels),
    trainingMasks: bits(images),
  };
}

/** The same in typed arrays; `one` is what a pixel of value 1 is stored as. */
function labelsOf(plain: Plain, dtype: LabelDType = 'uint8', one: number | bigint = 1) {
  const { images, kernels, height, width } = plain;
  const array = (values: readonly number[], shape: readonly number[]) => {
    const data = new ARRAY_OF[dtype](values.length);
    const stored = dtype === 'int64' ? [0n, BigInt(one)] : [0, Number(one)];
    values.forEach((value, i) => {
      data[i] = stored[value] as never;
    });
    return { data, shape, dtype };
  };
  return {
    gtTexts: array(plain.gtTexts, [images, height, width]),
    gtKernels: array(plain.gtKernels, [images, kernels, height, width]),
    trainingMasks: array(plain.trainingMasks, [images, height, width]),
  };
}

/** The counts by their definition, one pixel after the other. */
function countSlowly(plain: Plain, scale: number, kept = plain.kernels): number[] {
  const { images, kernels, height, width } = plain;
  const counts: number[] = [];
  for (let n = 0; n < images; n++) {
    const count = (isCounted: (g: number, m: number, k: (kernel: number) => number) => boolean) => {
      for (let row = 0; row < height / scale; row++) {
        for (let column = 0; column < width / scale; column++) {
          let pixels = 0;
          for (let y = row * scale; y < (row + 1) * scale; y++) {
            for (let x = column * scale; x < (column + 1) * scale; x++) {
              const at = (plane: number) => (plane * height + y) * width + x;
              const kernel = (k: number) => plain.gtKernels[at(n * kernels + k)]!;
              const [g, m] = [plain.gtTexts[at(n)]!, plain.trainingMasks[at(n)]!];
              if (isCounted(g, m, kernel)) pixels += 1;
            }
          }
          counts.push(pixels);
        }
      }
    };
    count((g) => g === 1);
    count((_, m) => m === 1);
    count((g, m) => m === 1 && g === 1);
    for (let k = 0; k < kept; k++) count((_, m, kernel) => m === 1 && kernel(k) === 1);
    for (let k = 0; k < kept; k++) count((g, m, kernel) => m === 1 && g === 1 && kernel(k) === 1);
  }
  return counts;
}

const SMALL = draw(1, { images: 2, kernels: 3, height: 8, width: 12 });

describe('counts', () => {
  test('by hand: one block of four pixels, one kernel', () => {
    const plain = {
      ...{ images: 1, kernels: 1, height: 2, width: 2 },
      gtTexts: [1, 1, 1, 0],
      gtKernels: [1, 0, 1, 1],
      trainingMasks: [1, 1, 0, 1],
    };
    const { counts, ...rest } = compactLabels(labelsOf(plain), { scale: 2 });
    // g 3; m 3; m and g: the first two; m and k: first and last; all three: the first
    expect(counts).toEqual({ data: Uint8Array.of(3, 3, 2, 2, 1), shape: [1, 5, 1, 1] });
    expect(rest).toEqual({ scale: 2, kernels: 1, binarizeLabels: false, version: 1 });
  });

  test.each([
    [{ images: 2, kernels: 3, height: 8, width: 12 }, 4],
    [{ images: 1, kernels: 1, height: 7, width: 3 }, 1],
    [{ images: 3, kernels: 2, height: 6, width: 15 }, 3],
    [{ images: 1, kernels: 6, height: 30, width: 15 }, 15],
    [{ images: 1, kernels: 2, height: 32, width: 48 }, 16],
  ])('what the definition counts: %p at scale %d', (size, scale) => {
    const plain = draw(2, size);
    const { counts } = compactLabels(labelsOf(plain), { scale });
    const { images, kernels, height, width } = size;
    expect(counts.shape).toEqual([images, 3 + 2 * kernels, height / scale, width / scale]);
    expect(Array.from(counts.data)).toEqual(countSlowly(plain, scale));
  });

  test.each(LABEL_DTYPES)('the same in labels of %s', (dtype) => {
    const { counts } = compactLabels(labelsOf(SMALL, dtype), { scale: 4 });
    expect(Array.from(counts.data)).toEqual(countSlowly(SMALL, 4));
  });

  test('any byte that is not 0 as true, in labels of bool', () => {
    const { counts } = compactLabels(labelsOf(SMALL, 'bool', 255), { scale: 4 });
    expect(Array.from(counts.data)).toEqual(countSlowly(SMALL, 4));
  });

  test('the first kernels only, where fewer are to be kept', () => {
    const { counts, kernels } = compactLabels(labelsOf(SMALL), { scale: 4, kernels: 2 });
    expect(kernels).toBe(2);
    expect(counts.shape).toEqual([2, 7, 2, 3]);
    expect(Array.from(counts.data)).toEqual(countSlowly(SMALL, 4, 2));
  });

  test.each([
    [15, Uint8Array, 225],
    [16, Uint16Array, 256],
    [255, Uint16Array, 65_025],
  ])('blocks that are full at scale %d, in a %p', (scale, Class, full) => {
    const pixels = scale * scale;
    const ones = Array.from({ length: pixels }, () => 1);
    const plain = { images: 1, kernels: 1, height: scale, width: scale };
    const labels = labelsOf({ ...plain, gtTexts: ones, gtKernels: ones, trainingMasks: ones });
    const { counts } = compactLabels(labels, { scale });
    expect(counts.data).toEqual(Class.of(full, full, full, full, full));
  });

  test('labels of no image, of any size', () => {
    const plain = { images: 0, kernels: 2, height: 2 ** 20, width: 2 ** 20 };
    const none = labelsOf({ ...plain, gtTexts: [], gtKernels: [], trainingMasks: [] });
    const { counts } = compactLabels(none, { scale: 4 });
    expect(counts).toEqual({ data: new Uint8Array(0), shape: [0, 7, 2 ** 18, 2 ** 18] });
  });

  test('labels in shared memory, at odd bytes of a buffer, in words of onnxruntime', () => {
    const labels = labelsOf(SMALL);
    const moved = ({ data, shape }: (typeof labels)['gtTexts']) => {
      const bytes = new Uint8Array(new SharedArrayBuffer(data.length + 3), 3);
      bytes.set(data as Uint8Array);
      return { data: bytes, dims: shape, type: 'uint8' as const };
    };
    const { counts } = compactLabels(
      {
        gtTexts: moved(labels.gtTexts),
        gtKernels: moved(labels.gtKernels),
        trainingMasks: moved(labels.trainingMasks),
      },
      { scale: 4 },
    );
    expect(Array.from(counts.data)).toEqual(countSlowly(SMALL, 4));
  });

  test('leaves the labels as they were', () => {
    const labels = labelsOf(SMALL, 'float32');
    const before = structuredClone(labels);
    compactLabels(labels, { scale: 4, binarizeLabels: true });
    expect(labels).toEqual(before);
  });
});

describe('with binarizeLabels', () => {
  /** Four pixels of one block, all learned. */
  const block = (gtTexts: ArrayLike<number>, gtKernels = gtTexts): Labels<never> => {
    const of = (values: ArrayLike<number>, shape: readonly number[]) =>
      ({ data: Float32Array.from(values), shape }) as never;
    return {
      gtTexts: of(gtTexts, [1, 2, 2]),
      gtKernels: of(gtKernels, [1, 1, 2, 2]),
      trainingMasks: of([1, 1, 1, 1], [1, 2, 2]),
    };
  };
  const counted = (labels: Labels<never>) =>
    Array.from(compactLabels(labels, { scale: 2, binarizeLabels: true }).counts.data);

  test('what is above .5 counts as 1: instance numbers, soft labels, 255', () => {
    expect(counted(block([3, 255, 0.25, 0], [0, 0.75, 0, 7]))).toEqual([2, 4, 2, 2, 1]);
  });

  test('.5, NaN and negative numbers count as 0, the number above .5 and Infinity as 1', () => {
    const above = 0.5 + 2 ** -24;
    expect(counted(block([0.5, Number.NaN, -1, -Infinity]))).toEqual([0, 4, 0, 0, 0]);
    expect(counted(block([0.5, above, Infinity, 0]))).toEqual([2, 4, 2, 2, 2]);
  });

  test.each(['int32', 'int64', 'uint8', 'float64'] as const)('instance numbers in %s', (dtype) => {
    const labels = { ...labelsOf(SMALL, dtype, 7), ...masksOf(SMALL) };
    const compact = compactLabels(labels, { scale: 4, binarizeLabels: true });
    expect(Array.from(compact.counts.data)).toEqual(countSlowly(SMALL, 4));
    expect(compact.binarizeLabels).toBe(true);
  });

  test('training masks have to be 0 or 1 all the same', () => {
    const labels = labelsOf(SMALL);
    labels.trainingMasks.data[5] = 2 as never;
    const call = () => compactLabels(labels, { scale: 4, binarizeLabels: true });
    expect(errorOf(call)).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_VALUE',
      message:
        'compactLabels: expected labels.trainingMasks to be 0 or 1 everywhere, got 2 at [n 0, y 0, x 5]',
    });
  });
});

/** Training masks alone, in uint8. */
function masksOf(plain: Plain) {
  const { trainingMasks } = labelsOf(plain);
  return { trainingMasks };
}

describe('what it gives', () => {
  const compact = compactLabels(labelsOf(SMALL), { scale: 4 });

  test('is read by a loss, and so is its clone', () => {
    const { counts, ...rest } = readCompactLabels('f', 'labels', compact);
    expect(counts).toHaveProperty('data', compact.counts.data);
    expect(rest).toEqual({ scale: 4, kernels: 3, binarizeLabels: false });
    expect(structuredClone(compact)).toEqual(compact);
  });

  test('is made in a worker, and arrives', async () => {
    const source = `
      const { compactLabels } = lib('labels/compact-labels');
      parentPort.once('message', ({ labels, options }) =>
        parentPort.postMessage(compactLabels(labels, options)));
    `;
    const message = { labels: labelsOf(SMALL), options: { scale: 4 } };
    expect(await askWorker(source, message)).toEqual(compact);
  });

  test('arrives in a worker, and comes back, without a copy of its counts', async () => {
    const source = `
      const { readCompactLabels } = lib('arguments/compact');
      parentPort.once('message', (compact) => {
        readCompactLabels('worker', 'labels', compact);
        parentPort.postMessage(compact, [compact.counts.data.buffer]);
      });
    `;
    const sent = structuredClone(compact);
    const back = await askWorker(source, sent, [sent.counts.data.buffer as ArrayBuffer]);
    expect(back).toEqual(compact);
    expect(sent.counts.data.length).toBe(0);
  });
});

describe('refuses', () => {
  const said = (labels: unknown, options: unknown = { scale: 4 }) => {
    const { name, code, message } = errorOf(() =>
      compactLabels(labels as Labels<never>, options as { scale: number }),
    );
    return [name, code, message.replace('compactLabels: expected ', '')];
  };
  /** SMALL with one element of one label replaced. */
  const withValue = (label: keyof Labels<never>, index: number, value: number) => {
    const labels = labelsOf(SMALL, 'float64');
    (labels[label].data as Float64Array)[index] = value;
    return labels;
  };
  const BINARIZE = 'binarizeLabels: true counts what is above .5 as 1';
  const DIVIDE = 'divide masks that come out of pictures by 255';

  test.each([
    ['gtTexts', 255, '255', `(${DIVIDE}; or ${BINARIZE})`],
    ['gtTexts', 0.5, '0.5', `(${BINARIZE})`],
    ['gtTexts', -1, '-1', `(${BINARIZE})`],
    ['gtTexts', Number.NaN, 'NaN', ''],
    ['trainingMasks', 255, '255', `(${DIVIDE})`],
    ['trainingMasks', 0.25, '0.25', ''],
  ] as const)('%s with a value of %p, naming where it is', (label, value, got, hint) => {
    // 101 = (1 · 8 + 0) · 12 + 5
    expect(said(withValue(label, 101, value))).toEqual([
      'RangeError',
      'ERR_PSE_VALUE',
      `labels.${label} to be 0 or 1 everywhere, got ${got} at [n 1, y 0, x 5]${hint && ` ${hint}`}`,
    ]);
  });

  test('gtKernels with a value in between, naming the kernel too', () => {
    // 425 = ((1 · 3 + 1) · 8 + 3) · 12 + 5
    expect(said(withValue('gtKernels', 425, 0.5))[2]).toBe(
      `labels.gtKernels to be 0 or 1 everywhere, got 0.5 at [n 1, k 1, y 3, x 5] (${BINARIZE})`,
    );
  });

  test('whole numbers other than 0 and 1', () => {
    expect(said(labelsOf(SMALL, 'uint8', 255))[1]).toBe('ERR_PSE_VALUE');
    expect(said(labelsOf(SMALL, 'int64', 2))[2]).toMatch(
      /^labels\.gtTexts to be 0 or 1 .* got 2 at/,
    );
  });

  test.each([
    [8, '8×8 or 8×16'],
    [5, '5×10 or 10×15'],
    [24, '24×24'],
  ])('sizes that are no multiple of the scale: %d', (scale, sizes) => {
    expect(said(labelsOf(SMALL), { scale })).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      `labels.gtTexts to be [N, H, W], H and W multiples of scale = ${scale}, got [2, 8, 12] (labels of ${sizes} would do)`,
    ]);
  });

  test.each([
    [0, 12],
    [8, 0],
  ])('labels of %d×%d, without pixels', (height, width) => {
    const plain = { images: 1, kernels: 1, height, width };
    const none = labelsOf({ ...plain, gtTexts: [], gtKernels: [], trainingMasks: [] });
    expect(said(none)[1]).toBe('ERR_PSE_SHAPE');
    expect(said(none)[2]).toMatch(
      /^labels\.gtTexts to be \[N, H, W], H and W multiples of scale = 4/,
    );
  });

  test('labels without kernels, whatever number is to be kept', () => {
    const labels = {
      ...labelsOf(SMALL),
      gtKernels: { data: new Uint8Array(0), shape: [2, 0, 8, 12] },
    };
    for (const options of [{ scale: 4 }, { scale: 4, kernels: 3 }]) {
      expect(said(labels, options)).toEqual([
        'RangeError',
        'ERR_PSE_SHAPE',
        'labels.gtKernels to be [2, Kg, 8, 12] with Kg ≥ 1, got [2, 0, 8, 12]',
      ]);
    }
  });

  test('labels that do not fit each other', () => {
    const other = labelsOf(draw(3, { images: 2, kernels: 3, height: 4, width: 12 }));
    const labels = labelsOf(SMALL);
    expect(said({ ...labels, trainingMasks: other.trainingMasks })).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      'labels.trainingMasks to be [2, 8, 12], as labels.gtTexts, got [2, 4, 12]',
    ]);
    expect(said({ ...labels, gtKernels: other.gtKernels })[2]).toBe(
      'labels.gtKernels to be [2, Kg, 8, 12] with Kg ≥ 1, got [2, 3, 4, 12]',
    );
  });

  test.each([
    [0, 'ERR_PSE_RANGE', 'the number 0'],
    [-4, 'ERR_PSE_RANGE', 'the number -4'],
    [1.5, 'ERR_PSE_RANGE', 'the number 1.5'],
    [256, 'ERR_PSE_RANGE', 'the number 256'],
    [Number.NaN, 'ERR_PSE_RANGE', 'the number NaN'],
    [undefined, 'ERR_PSE_TYPE', 'nothing'],
    ['4', 'ERR_PSE_TYPE', 'the string "4"'],
    [null, 'ERR_PSE_TYPE', 'null'],
  ])('the scale %p', (scale, code, got) => {
    expect(said(labelsOf(SMALL), { scale }).slice(1)).toEqual([
      code,
      `options.scale to be an integer from 1 to 255, got ${got}`,
    ]);
  });

  test.each([
    [4, 'ERR_PSE_RANGE', 'the number 4'],
    [0, 'ERR_PSE_RANGE', 'the number 0'],
    [1.5, 'ERR_PSE_RANGE', 'the number 1.5'],
    ['2', 'ERR_PSE_TYPE', 'the string "2"'],
  ])('%p kernels of three', (kernels, code, got) => {
    expect(said(labelsOf(SMALL), { scale: 4, kernels }).slice(1)).toEqual([
      code,
      `options.kernels to be an integer from 1 to 3, got ${got} (labels.gtKernels is [2, 3, 8, 12])`,
    ]);
  });

  test('binarizeLabels that is neither true nor false', () => {
    expect(said(labelsOf(SMALL), { scale: 4, binarizeLabels: 1 }).slice(1)).toEqual([
      'ERR_PSE_TYPE',
      'options.binarizeLabels to be true or false, got the number 1',
    ]);
  });

  test.each([
    [null, 'ERR_PSE_TYPE', 'options to be an object, got null'],
    [{}, 'ERR_PSE_TYPE', 'options.scale to be an integer from 1 to 255, got nothing'],
    [4, 'ERR_PSE_TYPE', 'options to be an object, got the number 4'],
    [
      { scale: 4, binariseLabels: true },
      'ERR_PSE_OPTION',
      'options to be an object with known options only, got the option "binariseLabels" (did you mean \'binarizeLabels\'?)',
    ],
    [
      { scale: 4, reduction: 'sum' },
      'ERR_PSE_OPTION',
      'options to be an object with known options only, got the option "reduction" (known are scale, binarizeLabels, kernels)',
    ],
  ])('the options %p', (options, code, message) => {
    expect(said(labelsOf(SMALL), options).slice(1)).toEqual([code, message]);
  });

  test.each([
    [null, 'labels to be an object { gtTexts, gtKernels, trainingMasks }, got null'],
    [{}, 'labels.gtTexts to be an object { data, shape }, got nothing'],
  ])('the labels %p', (labels, message) => {
    expect(said(labels)).toEqual(['TypeError', 'ERR_PSE_TYPE', message]);
  });

  test('labels that a getter of the options detaches', () => {
    const labels = labelsOf(SMALL);
    const options = {
      get scale() {
        const { buffer } = labels.gtKernels.data;
        structuredClone(buffer, { transfer: [buffer as ArrayBuffer] });
        return 4;
      },
    };
    expect(said(labels, options)).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      'labels.gtKernels.data to be 576 elements, as its shape [2, 3, 8, 12] says, got 0 elements (a detached buffer has no elements)',
    ]);
  });

  test('what a getter throws comes as it is', () => {
    const thrown = new Error('a getter of the user');
    const options = {
      get scale(): number {
        throw thrown;
      },
    };
    expect(() => compactLabels(labelsOf(SMALL), options)).toThrow(thrown);
  });
});

test('a batch of a training server is counted quickly', () => {
  const size = { images: 1, kernels: 6, height: 640, width: 640 };
  const labels = labelsOf(draw(4, size));
  const run = (): CompactLabels => compactLabels(labels, { scale: 4 });
  run();
  const start = performance.now();
  run();
  // About 15 ms; a loop that fell out of compiled code would take seconds.
  expect(performance.now() - start).toBeLessThan(500);
});
