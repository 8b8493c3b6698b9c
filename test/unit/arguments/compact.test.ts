// Compact labels that come back, and whether they fit maps and loss: N = 2, Kg = 3, h × w = 4 × 6, s = 4.
import { describe, expect, test } from '@jest/globals';
import type { ArrayArgument } from '../../../lib/arguments/array';
import {
  type CompactUse,
  checkCompact,
  checkCompactElements,
  isCompact,
  readCompactLabels,
} from '../../../lib/arguments/compact';
import { errorOf } from '../../support/error-of';

const CALL = 'PSELoss.forwardSync';
const GIVEN = {
  counts: { data: new Uint8Array(2 * 9 * 24), shape: [2, 9, 4, 6] },
  scale: 4,
  kernels: 3,
  binarizeLabels: false,
  version: 1,
};

const read = (changes: Partial<Record<keyof typeof GIVEN, unknown>> = {}) =>
  readCompactLabels(CALL, 'labels', { ...GIVEN, ...changes });

/** What `read` says, without the name of the call. */
function refusal(changes: Parameters<typeof read>[0]) {
  const { code, message } = errorOf(() => read(changes));
  return [code, message.replace('PSELoss.forwardSync: expected ', '')];
}

describe('readCompactLabels takes', () => {
  test('what compactLabels gives', () => {
    const taken = read();
    expect(taken).toEqual({
      counts: { ...GIVEN.counts, dtype: 'uint8' },
      scale: 4,
      kernels: 3,
      binarizeLabels: false,
    });
    expect(taken.counts).toHaveProperty('data', GIVEN.counts.data);
  });

  test('a clone of it', () => {
    expect(readCompactLabels(CALL, 'labels', structuredClone(GIVEN))).toEqual(read());
  });

  test.each([16, 255])('uint16 at scale %d', (scale) => {
    const counts = { data: new Uint16Array(2 * 9 * 24), shape: [2, 9, 4, 6] };
    expect(read({ counts, scale }).counts).toEqual({ ...counts, dtype: 'uint16' });
  });

  test('no image', () => {
    const counts = { data: new Uint8Array(0), shape: [0, 9, 4, 6] };
    expect(read({ counts }).counts.shape).toEqual([0, 9, 4, 6]);
  });

  test('each property once', () => {
    const reads: string[] = [];
    const counting = new Proxy(GIVEN, {
      get(target, key) {
        reads.push(String(key));
        return Reflect.get(target, key);
      },
    });
    readCompactLabels(CALL, 'labels', counting);
    expect(reads.sort()).toEqual(['binarizeLabels', 'counts', 'kernels', 'scale', 'version']);
  });
});

describe('readCompactLabels refuses', () => {
  test.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [1, 'the number 1'],
  ])('%p', (value, got) => {
    expect(errorOf(() => readCompactLabels(CALL, 'labels', value))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss.forwardSync: expected labels to be what compactLabels gave, got ${got}`,
    });
  });

  test.each([
    [2, 'ERR_PSE_VALUE', 'the number 2'],
    [0, 'ERR_PSE_VALUE', 'the number 0'],
    ['1', 'ERR_PSE_TYPE', 'the string "1"'],
    [undefined, 'ERR_PSE_TYPE', 'nothing'],
  ])('version %p', (version, code, got) => {
    expect(refusal({ version })).toEqual([
      code,
      `labels.version to be the number 1, got ${got} (compactLabels of this release makes labels that it reads)`,
    ]);
  });

  test.each([
    [0, 'ERR_PSE_RANGE', 'the number 0'],
    [256, 'ERR_PSE_RANGE', 'the number 256'],
    [2.5, 'ERR_PSE_RANGE', 'the number 2.5'],
    [Number.NaN, 'ERR_PSE_RANGE', 'the number NaN'],
    ['4', 'ERR_PSE_TYPE', 'the string "4"'],
  ])('scale %p', (scale, code, got) => {
    expect(refusal({ scale })).toEqual([
      code,
      `labels.scale to be an integer from 1 to 255, got ${got}`,
    ]);
  });

  test.each([
    [0, 'ERR_PSE_RANGE', 'the number 0'],
    [1.5, 'ERR_PSE_RANGE', 'the number 1.5'],
    [3n, 'ERR_PSE_TYPE', 'the bigint 3n'],
  ])('kernels %p', (kernels, code, got) => {
    expect(refusal({ kernels })).toEqual([
      code,
      `labels.kernels to be an integer of at least 1, got ${got}`,
    ]);
  });

  test.each([
    [undefined, 'nothing'],
    [1, 'the number 1'],
  ])('binarizeLabels %p', (binarizeLabels, got) => {
    expect(refusal({ binarizeLabels })).toEqual([
      'ERR_PSE_TYPE',
      `labels.binarizeLabels to be true or false, got ${got}`,
    ]);
  });

  test('counts in an array that does not go with the scale', () => {
    expect(refusal({ scale: 16 })).toEqual([
      'ERR_PSE_DTYPE',
      'labels.counts.data to be a typed array of uint16, got a Uint8Array of 432 elements (Uint16Array.from(data) makes one)',
    ]);
    const counts = { ...GIVEN.counts, data: new Uint16Array(432) };
    expect(refusal({ counts })[1]).toMatch(
      /^labels\.counts\.data to be a typed array of uint8, got a Uint16Array/,
    );
  });

  test('counts of another number of kernels', () => {
    expect(refusal({ kernels: 4 })).toEqual([
      'ERR_PSE_SHAPE',
      'labels.counts to be [N, 11, h, w], 3 + 2 · kernels channels, got [2, 9, 4, 6]',
    ]);
  });

  test('counts of another rank, or with other elements than their shape says', () => {
    const { data } = GIVEN.counts;
    expect(refusal({ counts: { data, shape: [18, 24] } })).toEqual([
      'ERR_PSE_SHAPE',
      'labels.counts.shape to be [N, 9, h, w], 4 sizes of 0 or more, got [18, 24]',
    ]);
    expect(refusal({ counts: { data, shape: [3, 9, 4, 6] } })).toEqual([
      'ERR_PSE_SHAPE',
      'labels.counts.data to be 648 elements, as its shape [3, 9, 4, 6] says, got 432 elements',
    ]);
    expect(refusal({ counts: data })[0]).toBe('ERR_PSE_TYPE');
  });

  test('counts that are detached since', () => {
    const given = structuredClone(GIVEN);
    const taken = readCompactLabels(CALL, 'labels', given);
    const { buffer } = given.counts.data;
    structuredClone(buffer, { transfer: [buffer] });
    expect(errorOf(() => checkCompactElements(CALL, 'labels', taken)).message).toMatch(
      /^PSELoss\.forwardSync: expected labels\.counts\.data to be 432 elements, .* got 0 elements/,
    );
  });
});

test('isCompact knows compact labels by their counts, and runs no getter', () => {
  expect(isCompact(GIVEN)).toBe(true);
  expect(isCompact(Object.create(GIVEN))).toBe(true);
  const trap = {
    get counts(): never {
      throw new Error('user code ran');
    },
  };
  expect(isCompact(trap)).toBe(true);
  for (const other of [undefined, null, 'counts', {}, { gtTexts: {} }, []]) {
    expect(isCompact(other)).toBe(false);
  }
});

describe('checkCompact', () => {
  const USE: CompactUse = { upsample: 'nearest', binarizeLabels: false, returnMask: false };
  const check = (
    maps: readonly number[],
    use: Partial<CompactUse> = {},
    changes: Parameters<typeof read>[0] = {},
  ) => {
    // Only the shape is looked at.
    const array: ArrayArgument = { data: new Float32Array(0), shape: maps, dtype: 'float32' };
    return checkCompact(CALL, array, read(changes), { ...USE, ...use });
  };
  const said = (...given: Parameters<typeof check>) => {
    const { name, code, message } = errorOf(() => check(...given));
    return [name, code, message.replace('PSELoss.forwardSync: expected ', '')];
  };

  test('takes counts that fit, and says the sizes of the labels', () => {
    expect(check([2, 4, 4, 6])).toEqual({ images: 2, kernels: 3, height: 16, width: 24, scale: 4 });
    expect(check([2, 3, 4, 6]).kernels).toBe(2);
  });

  test("takes upsample: 'none' at scale 1", () => {
    expect(check([2, 4, 4, 6], { upsample: 'none' }, { scale: 1 })).toEqual({
      ...{ images: 2, kernels: 3, height: 4, width: 6, scale: 1 },
    });
  });

  test('takes binarized counts for a loss that binarizes', () => {
    expect(check([2, 4, 4, 6], { binarizeLabels: true }, { binarizeLabels: true }).images).toBe(2);
  });

  test.each([
    [[1, 4, 4, 6], '[1, 3 + 2Kg, 4, 6], as maps are [1, 4, 4, 6]', ''],
    [[2, 4, 5, 6], '[2, 3 + 2Kg, 5, 6], as maps are [2, 4, 5, 6]', ''],
    [
      [2, 4, 8, 12],
      '[2, 3 + 2Kg, 8, 12], as maps are [2, 4, 8, 12]',
      ' (compactLabels with scale: 2 makes them fit)',
    ],
    [
      [2, 4, 2, 3],
      '[2, 3 + 2Kg, 2, 3], as maps are [2, 4, 2, 3]',
      ' (compactLabels with scale: 8 makes them fit)',
    ],
  ])('refuses counts of other sizes than maps %p', (maps, requirement, hint) => {
    expect(said(maps)).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      `labels.counts to be ${requirement}, got [2, 9, 4, 6]${hint}`,
    ]);
  });

  test('does not name a scale that compactLabels has not', () => {
    expect(said([2, 4, 2, 3], {}, { counts: bigCounts(), scale: 128 })[2]).not.toContain('scale:');
  });

  test('refuses too few kernels', () => {
    expect(said([2, 5, 4, 6])).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      'labels.kernels to be at least 4, got 3 (maps of 5 channels have 4 kernels)',
    ]);
  });

  test('refuses maps that are none', () => {
    expect(said([2, 1, 4, 6])[2]).toMatch(/^maps to be \[N, C, h, w] with C ≥ 2/);
    expect(said([2, 4, 0, 6])[2]).toMatch(/^maps to be \[N, C, h, w] with pixels/);
  });

  test("refuses another scale than 1 for upsample: 'none'", () => {
    expect(said([2, 4, 4, 6], { upsample: 'none' })).toEqual([
      'RangeError',
      'ERR_PSE_SHAPE',
      "labels.scale to be 1, as upsample: 'none' needs, got 4 (upsample: 'nearest' takes any scale)",
    ]);
  });

  test.each<[Partial<CompactUse>, string]>([
    [{ upsample: 'bilinear' }, "upsample: 'bilinear'"],
    [{ returnMask: true }, 'returnMask: true'],
  ])('refuses a loss with %p, which needs pixels', (use, option) => {
    expect(said([2, 4, 4, 6], use)).toEqual([
      'TypeError',
      'ERR_PSE_OPTION',
      `labels to be { gtTexts, gtKernels, trainingMasks }, as ${option} needs, got compact labels`,
    ]);
  });

  test.each([true, false])('refuses a loss with another binarizeLabels: %p', (binarizeLabels) => {
    expect(said([2, 4, 4, 6], { binarizeLabels }, { binarizeLabels: !binarizeLabels })).toEqual([
      'TypeError',
      'ERR_PSE_OPTION',
      `labels to be made with binarizeLabels: ${binarizeLabels}, as the loss has it, got compact labels made with binarizeLabels: ${!binarizeLabels}`,
    ]);
  });
});

function bigCounts() {
  return { data: new Uint16Array(2 * 9 * 24), shape: [2, 9, 4, 6] };
}
