// What makeLabels takes and what it refuses, in which words.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { makeLabels } from 'pse-loss/labels';
import { errorOf } from '../../support/error-of';

const SIZE = { height: 12, width: 24 };
const BOX = [
  [2, 1],
  [21, 1],
  [21, 10],
  [2, 10],
];
const TEXT = { polygon: BOX };

const make = (texts: unknown, options: unknown = SIZE) =>
  makeLabels(texts as never, options as never);
const painted = (texts: unknown) => make(texts).gtTexts.data.reduce((sum, value) => sum + value, 0);

const typeError = (argument: string, requirement: string, got: string) => ({
  name: 'TypeError',
  code: 'ERR_PSE_TYPE',
  message: `makeLabels: expected ${argument} to be ${requirement}, got ${got}`,
});

describe('takes', () => {
  test('texts with other properties, and objects of any class', () => {
    class Word {
      readonly color = 'red';
      get polygon() {
        return BOX;
      }
    }
    expect(painted([new Word()])).toBe(200);
    expect(painted([Object.assign(Object.create(null), TEXT)])).toBe(200);
  });

  test('arrays and objects of another realm, or behind a Proxy', () => {
    const foreign = vm.runInNewContext(`[{ polygon: ${JSON.stringify(BOX)} }]`);
    expect(Object.getPrototypeOf(foreign)).not.toBe(Array.prototype);
    expect(painted(foreign)).toBe(200);
    const proxied = [new Proxy({ polygon: new Proxy(BOX, {}) }, {})];
    expect(painted(new Proxy(proxied, {}))).toBe(200);
  });

  test('a transcription of any kind, unseen', () => {
    const text = {
      ...TEXT,
      get transcription() {
        throw new Error('looked at');
      },
    };
    expect(painted([text])).toBe(200);
  });

  test('each property of a text once', () => {
    const reads: string[] = [];
    const text = {
      get polygon() {
        reads.push('polygon');
        return BOX;
      },
      get ignore() {
        reads.push('ignore');
        return true;
      },
    };
    make([text]);
    expect(reads.sort()).toEqual(['ignore', 'polygon']);
  });

  test('the farthest corners', () => {
    const far = 1_048_576;
    const polygon = [
      [-far, -far],
      [far, -far],
      [far, far],
    ];
    expect(painted([{ polygon }])).toBeGreaterThan(0);
  });

  test('ten thousand corners in no time', () => {
    const polygon = Array.from({ length: 10_000 }, (_, i) => {
      const angle = (2 * Math.PI * i) / 10_000;
      return [12 + 11 * Math.cos(angle), 6 + 5 * Math.sin(angle)];
    });
    const start = performance.now();
    expect(painted([{ polygon }])).toBeGreaterThan(100);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('refuses texts:', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [3, 'the number 3'],
    ['gt_img_1.txt', 'the string "gt_img_1.txt"'],
    [TEXT, 'an object'],
    [new Proxy(TEXT, {}), 'a Proxy'],
    [new Map(), 'a Map'],
    [new Set([TEXT]), 'a Set'],
    [new Float32Array(8), 'a Float32Array of 8 elements'],
    [Promise.resolve([TEXT]), 'a Promise'],
    [() => [TEXT], 'a function'],
  ])('%p, which is no array', (texts, got) => {
    expect(errorOf(() => make(texts))).toEqual(
      typeError('texts', 'an array of texts, or one such array per image', got),
    );
  });

  test.each([
    [null, 'null'],
    [undefined, 'nothing'],
    [1, 'the number 1'],
    ['word', 'the string "word"'],
    [() => TEXT, 'a function'],
  ])('the text %p', (text, got) => {
    const requirement = 'an object { polygon, ignore? }';
    expect(errorOf(() => make([text]))).toEqual(typeError('texts[0]', requirement, got));
    expect(errorOf(() => make([TEXT, TEXT, text]))).toEqual(
      typeError('texts[2]', requirement, got),
    );
    expect(errorOf(() => make([[], [TEXT, text]]))).toEqual(
      typeError('texts[1][1]', requirement, got),
    );
  });

  test('a hole', () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tried
    expect(errorOf(() => make([TEXT, , TEXT]))).toEqual(
      typeError('texts[1]', 'an object { polygon, ignore? }', 'nothing'),
    );
  });

  test('an array of any length at its first hole, without walking through it', () => {
    expect(errorOf(() => make(new Array(2 ** 32 - 1))).message).toBe(
      'makeLabels: expected texts[0] to be an object { polygon, ignore? }, got nothing',
    );
    expect(errorOf(() => make([{ polygon: new Array(2 ** 32 - 1) }])).message).toBe(
      'makeLabels: expected texts[0].polygon[0] to be a point [x, y], got nothing (pass [[x1, y1], [x2, y2], …])',
    );
    expect(errorOf(() => make([{ polygon: [new Array(2 ** 32 - 1)] }])).message).toBe(
      'makeLabels: expected texts[0].polygon[0] to be a point [x, y], got an array of 4294967295 elements',
    );
  });

  test('a mixture of texts and images', () => {
    expect(errorOf(() => make([[TEXT], TEXT]))).toEqual(
      typeError('texts[1]', 'an array of texts, as the first image is', 'an object'),
    );
    expect(errorOf(() => make([[], undefined]))).toEqual(
      typeError('texts[1]', 'an array of texts, as the first image is', 'nothing'),
    );
    expect(errorOf(() => make([TEXT, [TEXT]]))).toEqual(
      typeError(
        'texts[1]',
        'an object { polygon, ignore? }',
        'an array of 1 element (pass { polygon: [[x1, y1], [x2, y2], …] })',
      ),
    );
  });

  test('bare polygons', () => {
    expect(errorOf(() => make([BOX]))).toEqual(
      typeError(
        'texts[0][0]',
        'an object { polygon, ignore? }',
        'an array of 2 elements (pass { polygon: [[x1, y1], [x2, y2], …] })',
      ),
    );
  });
});

describe('refuses a polygon:', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['1,2,3,4,5,6', 'the string "1,2,3,4,5,6"'],
    [new Float64Array(8), 'a Float64Array of 8 elements'],
    [{ length: 4 }, 'an object'],
    [new Proxy({}, {}), 'a Proxy'],
  ])('%p, which is no array', (polygon, got) => {
    expect(errorOf(() => make([{ polygon }]))).toEqual(
      typeError('texts[0].polygon', 'an array of points [x, y]', got),
    );
  });

  test('a text without one', () => {
    expect(errorOf(() => make([{ points: BOX }]))).toEqual(
      typeError('texts[0].polygon', 'an array of points [x, y]', 'nothing'),
    );
  });

  test.each([0, 1, 2])('of %d corners', (corners) => {
    expect(errorOf(() => make([{ polygon: BOX.slice(0, corners) }]))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `makeLabels: expected texts[0].polygon to be an array of 3 or more points [x, y], got an array of ${corners} element${corners === 1 ? '' : 's'}`,
    });
  });

  test('of numbers in a row, saying how to pair them', () => {
    expect(errorOf(() => make([{ polygon: BOX.flat() }]))).toEqual(
      typeError(
        'texts[0].polygon[0]',
        'a point [x, y]',
        'the number 2 (pass [[x1, y1], [x2, y2], …])',
      ),
    );
  });

  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [{ x: 1, y: 2 }, 'an object'],
    ['1,2', 'the string "1,2"'],
    [new Float32Array(2), 'a Float32Array of 2 elements'],
  ])('with the corner %p', (corner, got) => {
    expect(errorOf(() => make([TEXT, { polygon: [...BOX, corner] }]))).toEqual(
      typeError('texts[1].polygon[4]', 'a point [x, y]', `${got} (pass [[x1, y1], [x2, y2], …])`),
    );
  });

  test.each([
    [[], 'an array of 0 elements'],
    [[1], 'an array of 1 element'],
    [[1, 2, 3], 'an array of 3 elements'],
  ])('with the corner %p, which has not two coordinates', (corner, got) => {
    expect(errorOf(() => make([[{ polygon: [corner, ...BOX] }]]))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `makeLabels: expected texts[0][0].polygon[0] to be a point [x, y], got ${got}`,
    });
  });

  test.each([
    [Number.NaN, 'the number NaN'],
    [Infinity, 'the number Infinity'],
    [-Infinity, 'the number -Infinity'],
    [1_048_576.5, 'the number 1048576.5'],
    [-1e300, 'the number -1e+300'],
  ])('with the coordinate %p', (coordinate, got) => {
    const error = (place: string) => ({
      name: 'RangeError',
      code: 'ERR_PSE_RANGE',
      message: `makeLabels: expected texts[0].polygon${place} to be a finite number from -1048576 to 1048576, got ${got}`,
    });
    expect(errorOf(() => make([{ polygon: [[coordinate, 1], ...BOX] }]))).toEqual(error('[0][0]'));
    expect(errorOf(() => make([{ polygon: [...BOX, [1, coordinate]] }]))).toEqual(error('[4][1]'));
  });

  test.each([
    ['1', 'the string "1"'],
    [1n, 'the bigint 1n'],
    [null, 'null'],
    [new Number(1), 'an object'],
    [[1], 'an array of 1 element'],
  ])('with the coordinate %p, which is no number', (coordinate, got) => {
    expect(errorOf(() => make([{ polygon: [...BOX, [1, coordinate]] }]))).toEqual(
      typeError('texts[0].polygon[4][1]', 'a finite number from -1048576 to 1048576', got),
    );
  });

  test('with a coordinate left out', () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tried
    expect(errorOf(() => make([{ polygon: [...BOX, [, 1]] }]))).toEqual(
      typeError('texts[0].polygon[4][0]', 'a finite number from -1048576 to 1048576', 'nothing'),
    );
  });
});

describe('refuses ignore:', () => {
  test.each([
    [1, 'the number 1'],
    [null, 'null'],
    ['###', 'the string "###"'],
    [new Boolean(true), 'an object'],
  ])('%p', (ignore, got) => {
    expect(errorOf(() => make([{ ...TEXT, ignore }]))).toEqual(
      typeError('texts[0].ignore', 'true or false', got),
    );
  });
});

describe('refuses options:', () => {
  test.each([
    [null, 'null'],
    [720, 'the number 720'],
    [[720, 1280], 'an array of 2 elements'],
  ])('%p', (options, got) => {
    expect(errorOf(() => make([TEXT], options))).toEqual(typeError('options', 'an object', got));
  });

  test('none', () => {
    expect(errorOf(() => makeLabels([], ...([] as unknown as [never])))).toEqual(
      typeError('options.height', 'an integer from 1 to 32767', 'nothing'),
    );
    expect(errorOf(() => make([TEXT], { height: 720 }))).toEqual(
      typeError('options.width', 'an integer from 1 to 32767', 'nothing'),
    );
  });

  const RANGES = [
    ['height', 'an integer from 1 to 32767'],
    ['width', 'an integer from 1 to 32767'],
    ['kernels', 'an integer from 1 to 255'],
    ['minRatio', 'a finite number above 0 and up to 1'],
  ] as const;

  test.each(
    RANGES.flatMap(([name, requirement]) => [
      [name, '6', 'the string "6"', requirement] as const,
      [name, null, 'null', requirement] as const,
      [name, 6n, 'the bigint 6n', requirement] as const,
      [name, [6], 'an array of 1 element', requirement] as const,
    ]),
  )('%s %p, which is no number', (name, value, got, requirement) => {
    expect(errorOf(() => make([TEXT], { ...SIZE, [name]: value }))).toEqual(
      typeError(`options.${name}`, requirement, got),
    );
  });

  test.each(
    RANGES.flatMap(([name, requirement]) => [
      [name, 0, '0', requirement] as const,
      [name, -0, '-0', requirement] as const,
      [name, -1, '-1', requirement] as const,
      [name, Number.NaN, 'NaN', requirement] as const,
      [name, Infinity, 'Infinity', requirement] as const,
      [name, 1.5, '1.5', requirement] as const,
      [name, 32_768, '32768', requirement] as const,
    ]),
  )('%s %p', (name, value, got, requirement) => {
    expect(errorOf(() => make([TEXT], { ...SIZE, [name]: value }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_RANGE',
      message: `makeLabels: expected options.${name} to be ${requirement}, got the number ${got}`,
    });
  });

  test('more than 255 kernels', () => {
    expect(errorOf(() => make([TEXT], { ...SIZE, kernels: 256 })).code).toBe('ERR_PSE_RANGE');
    expect(make([TEXT], { ...SIZE, kernels: 255 }).gtKernels.shape[1]).toBe(255);
  });

  test.each([
    ['PSENet', " (did you mean 'psenet'?)"],
    ['paddleOCR', " (did you mean 'paddleocr'?)"],
    ['paddle-ocr', " (did you mean 'paddleocr'?)"],
    ['mmocr', ''],
    ['constructor', ''],
  ])('the preset %p', (preset, hint) => {
    expect(errorOf(() => make([TEXT], { ...SIZE, preset }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `makeLabels: expected options.preset to be 'psenet' or 'paddleocr', got the string "${preset}"${hint}`,
    });
  });

  test('a preset that is no word', () => {
    expect(errorOf(() => make([TEXT], { ...SIZE, preset: 1 }))).toEqual(
      typeError('options.preset', "'psenet' or 'paddleocr'", 'the number 1'),
    );
  });

  test.each([
    ['min_ratio', "did you mean 'minRatio'?"],
    ['kernel', "did you mean 'kernels'?"],
    ['Height', "did you mean 'height'?"],
    ['transcriptions', 'known are height, width, kernels, minRatio, preset'],
  ])('the unknown option %p', (name, hint) => {
    expect(errorOf(() => make([TEXT], { ...SIZE, [name]: 6 }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `makeLabels: expected options to be an object with known options only, got the option "${name}" (${hint})`,
    });
  });

  test('labels that no machine has memory for', () => {
    const largest = { height: 32_767, width: 32_767, kernels: 255 };
    expect(errorOf(() => make([], largest))).toEqual({
      name: 'Error',
      code: 'ERR_PSE_OUT_OF_MEMORY',
      message: 'makeLabels: no memory for 273787453695 elements of uint8, [1, 255, 32767, 32767]',
    });
  });
});

describe("errors of the user's own code", () => {
  const mine = new Error('mine');
  const throwing = (name: string, base: object) =>
    Object.defineProperty({ ...base }, name, {
      enumerable: true,
      get() {
        throw mine;
      },
    });
  const throwingAt = (index: number) =>
    new Proxy([1, 2], {
      get(target, key) {
        if (key === `${index}`) throw mine;
        return Reflect.get(target, key);
      },
    });

  test.each([
    ['polygon', () => make([throwing('polygon', {})])],
    ['ignore', () => make([throwing('ignore', TEXT)])],
    ['a corner', () => make([{ polygon: [...BOX, throwingAt(1)] }])],
    ['an option', () => make([TEXT], throwing('kernels', SIZE))],
  ])('of %s come through as they are', (_name, call) => {
    expect(call).toThrow(mine);
  });
});
