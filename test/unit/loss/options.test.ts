// The options of a loss: what each may be, what stands in for those not given, and in which words the rest is refused.
import { describe, expect, test } from '@jest/globals';
import { PSELoss, type PSELossOptions, presets } from 'pse-loss';
import { errorOf } from '../../support/error-of';

/** Options as JavaScript users hand them over: of any shape. */
const optionsOf = (given?: unknown) => new PSELoss(given as PSELossOptions).options;

const DEFAULTS = {
  alpha: 0.7,
  kernelWeight: 1 - 0.7,
  ohemRatio: 3,
  kernelSampleMask: 'pred',
  textThreshold: 'sigmoid-half',
  reduction: 'sum',
  eps: 1e-6,
  epsInNumerator: false,
  binarizeLabels: false,
  fallbackMask: 'value',
  kernelTrainingMask: 'value',
  upsample: 'nearest',
  alignCorners: false,
  negativePool: 'all',
  emptyImages: 'include',
  returnMask: false,
  checkValues: false,
};

/** Every option, each different from its default. */
const OTHERS = {
  alpha: 0.25,
  kernelWeight: 2,
  ohemRatio: 1.5,
  kernelSampleMask: 'gt',
  textThreshold: -0.5,
  reduction: 'none',
  eps: 1e-3,
  epsInNumerator: true,
  binarizeLabels: true,
  fallbackMask: 'nonzero',
  kernelTrainingMask: 'above-half',
  upsample: 'bilinear',
  negativePool: 'valid',
  emptyImages: 'skip',
  returnMask: true,
  checkValues: true,
} as const;

describe('defaults', () => {
  test.each([[undefined], [{}]])('stand in for what %p leaves out', (given) => {
    expect(optionsOf(given)).toStrictEqual(DEFAULTS);
  });

  test('stand in for options that are undefined', () => {
    const undefinedOnes = Object.fromEntries(
      Object.keys(DEFAULTS).map((name) => [name, undefined]),
    );
    expect(optionsOf(undefinedOnes)).toStrictEqual(DEFAULTS);
  });

  test('make the kernel weight what alpha leaves of 1', () => {
    expect(optionsOf({ alpha: 0.25 }).kernelWeight).toBe(0.75);
    expect(optionsOf({ alpha: 1 }).kernelWeight).toBe(0);
    expect(optionsOf({ alpha: 0.25, kernelWeight: undefined }).kernelWeight).toBe(0.75);
    expect(optionsOf({ alpha: 0.25, kernelWeight: 0 }).kernelWeight).toBe(0);
  });
});

describe('takes', () => {
  test.each(Object.entries(OTHERS))(
    '%s %p, and leaves the others at their defaults',
    (name, value) => {
      const kernelWeight = name === 'alpha' ? 0.75 : DEFAULTS.kernelWeight;
      expect(optionsOf({ [name]: value })).toStrictEqual({
        ...DEFAULTS,
        kernelWeight,
        [name]: value,
      });
    },
  );

  test.each([
    ['alpha', 0],
    ['alpha', 1],
    ['kernelWeight', 0],
    ['kernelWeight', 100],
    ['ohemRatio', 0],
    ['ohemRatio', Number.MAX_VALUE],
    ['kernelSampleMask', 'pred'],
    ['kernelSampleMask', 'union'],
    ['upsample', 'none'],
    ['textThreshold', 'sigmoid-half'],
    ['textThreshold', 0],
    ['textThreshold', -Number.MAX_VALUE],
    ['reduction', 'mean'],
    ['reduction', 'sum'],
    ['eps', 1e-30],
    ['eps', Number.MAX_VALUE],
    ['returnMask', false],
  ] as const)('%s %p, an end of its range', (name, value) => {
    expect(optionsOf({ [name]: value })[name]).toBe(value);
  });

  test('aligned corners where maps are interpolated', () => {
    expect(optionsOf({ upsample: 'bilinear', alignCorners: true }).alignCorners).toBe(true);
    expect(optionsOf({ preset: 'psenet', alignCorners: true }).alignCorners).toBe(true);
  });

  test('its own options, and is the same loss then', () => {
    for (const given of [
      undefined,
      OTHERS,
      { alpha: 0.1, reduction: 'mean' },
      { preset: 'mmocr' },
    ]) {
      const loss = new PSELoss(given as PSELossOptions);
      expect(new PSELoss(loss.options).options).toStrictEqual(loss.options);
    }
  });
});

describe('presets', () => {
  const NAMES = Object.keys(presets) as (keyof typeof presets)[];

  test('are six, and hold known options with their values', () => {
    expect(NAMES).toEqual([
      'paddleocr',
      'paddleocr-2.4',
      'psenet',
      'psenet-py2',
      'mmocr',
      'mmocr-0.x',
    ]);
  });

  test.each<[keyof typeof presets, object]>([
    ['paddleocr', {}],
    ['paddleocr-2.4', { eps: 1e-3 }],
    ['psenet', { upsample: 'bilinear', kernelSampleMask: 'gt', eps: 1e-3, reduction: 'mean' }],
    [
      'psenet-py2',
      { upsample: 'bilinear', eps: 1e-3, kernelTrainingMask: 'above-half', reduction: 'mean' },
    ],
    [
      'mmocr',
      {
        upsample: 'bilinear',
        textThreshold: 0,
        eps: 1e-3,
        binarizeLabels: true,
        fallbackMask: 'nonzero',
        reduction: 'mean',
      },
    ],
    [
      'mmocr-0.x',
      {
        upsample: 'none',
        textThreshold: 0,
        eps: 1e-3,
        epsInNumerator: true,
        binarizeLabels: true,
        fallbackMask: 'nonzero',
        reduction: 'mean',
      },
    ],
  ])('%s differs from the defaults in %p', (preset, difference) => {
    expect(optionsOf({ preset })).toStrictEqual({ ...DEFAULTS, ...difference });
  });

  test.each(NAMES)('%s is nothing but its options: the object makes the same loss', (name) => {
    const options = optionsOf({ preset: name });
    expect(optionsOf({ preset: presets[name] })).toStrictEqual(options);
    expect(optionsOf(presets[name])).toStrictEqual(options);
    expect(optionsOf(options)).toStrictEqual(options);
  });

  test('cannot be changed', () => {
    expect(Object.isFrozen(presets)).toBe(true);
    for (const name of NAMES) expect(Object.isFrozen(presets[name])).toBe(true);
  });

  test('give way to own options, and not to those that are undefined', () => {
    const own = { preset: 'mmocr', eps: 0.5, reduction: undefined, upsample: 'nearest' };
    expect(optionsOf(own)).toStrictEqual({
      ...optionsOf({ preset: 'mmocr' }),
      eps: 0.5,
      upsample: 'nearest',
    });
  });

  test('leave to the defaults what they do not name, or name as undefined', () => {
    const preset = { ohemRatio: 5, alpha: undefined };
    expect(optionsOf({ preset })).toStrictEqual({ ...DEFAULTS, ohemRatio: 5 });
  });

  test('of your own may be any options; the kernel weight follows the alpha that wins', () => {
    const preset = { ...presets.psenet, alpha: 0.25 };
    expect(optionsOf({ preset }).kernelWeight).toBe(0.75);
    expect(optionsOf({ preset, alpha: 0.5 }).kernelWeight).toBe(0.5);
    expect(optionsOf({ preset: { kernelWeight: 2 }, alpha: 0.5 }).kernelWeight).toBe(2);
  });

  const KNOWN_PRESETS =
    "an object of options, 'paddleocr', 'paddleocr-2.4', 'psenet', 'psenet-py2', 'mmocr' or 'mmocr-0.x'";
  test.each<[unknown, string, string, string]>([
    ['mmocr-1.x', 'ERR_PSE_OPTION', 'the string "mmocr-1.x"', " (did you mean 'mmocr'?)"],
    ['mmocr-1.0.1', 'ERR_PSE_OPTION', 'the string "mmocr-1.0.1"', " (did you mean 'mmocr'?)"],
    ['mmocr-0.6', 'ERR_PSE_OPTION', 'the string "mmocr-0.6"', " (did you mean 'mmocr-0.x'?)"],
    ['psenet-py3', 'ERR_PSE_OPTION', 'the string "psenet-py3"', " (did you mean 'psenet'?)"],
    [
      'psenet-python2',
      'ERR_PSE_OPTION',
      'the string "psenet-python2"',
      " (did you mean 'psenet-py2'?)",
    ],
    ['pan_pp', 'ERR_PSE_OPTION', 'the string "pan_pp"', " (did you mean 'psenet'?)"],
    [
      'paddleocr-2.7',
      'ERR_PSE_OPTION',
      'the string "paddleocr-2.7"',
      " (did you mean 'paddleocr'?)",
    ],
    [
      'paddleocr-2.3',
      'ERR_PSE_OPTION',
      'the string "paddleocr-2.3"',
      " (did you mean 'paddleocr-2.4'?)",
    ],
    ['PSENet', 'ERR_PSE_OPTION', 'the string "PSENet"', " (did you mean 'psenet'?)"],
    ['mindocr', 'ERR_PSE_OPTION', 'the string "mindocr"', " (did you mean 'mmocr'?)"],
    ['', 'ERR_PSE_OPTION', 'the string ""', ''],
    [null, 'ERR_PSE_TYPE', 'null', ''],
    [7, 'ERR_PSE_TYPE', 'the number 7', ''],
  ])('refuse %p, which is none', (preset, code, got, hint) => {
    expect(errorOf(() => optionsOf({ preset }))).toEqual({
      name: 'TypeError',
      code,
      message: `PSELoss: expected options.preset to be ${KNOWN_PRESETS}, got ${got}${hint}`,
    });
  });

  test.each<[object, string, string]>([
    [{ eps: 0 }, 'ERR_PSE_RANGE', 'options.preset.eps to be a finite number of at least 1e-30'],
    [
      { upsample: 1 },
      'ERR_PSE_TYPE',
      "options.preset.upsample to be 'nearest', 'bilinear' or 'none'",
    ],
    [
      { alignCorners: true },
      'ERR_PSE_OPTION',
      "options.preset.alignCorners to be false with upsample: 'nearest'",
    ],
    [{ Eps: 1 }, 'ERR_PSE_OPTION', 'options.preset to be an object with known options only'],
    [
      { preset: 'mmocr' },
      'ERR_PSE_OPTION',
      'options.preset to be an object with known options only',
    ],
  ])('of your own are checked where they stand: %p', (preset, code, words) => {
    const error = errorOf(() => optionsOf({ preset }));
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  });
});

describe('keeps', () => {
  test('what it was given, however that changes later', () => {
    const given: { -readonly [name in keyof PSELossOptions]: PSELossOptions[name] } = {
      alpha: 0.2,
    };
    const loss = new PSELoss(given);
    given.alpha = 0.9;
    expect(loss.options.alpha).toBe(0.2);
  });

  test('every getter to one run', () => {
    let runs = 0;
    const loss = new PSELoss({
      get alpha() {
        runs += 1;
        return runs / 10;
      },
    });
    expect([loss.options.alpha, loss.options.alpha, runs]).toEqual([0.1, 0.1, 1]);
  });

  test('its options frozen', () => {
    const { options } = new PSELoss();
    expect(Object.isFrozen(options)).toBe(true);
    expect(() => Object.assign(options, { alpha: 0 })).toThrow(TypeError);
    expect(options.alpha).toBe(0.7);
  });
});

describe('refuses', () => {
  const ALPHA = 'a finite number from 0 to 1';
  const AT_LEAST_0 = 'a finite number of at least 0';
  const EPS = 'a finite number of at least 1e-30';
  const WEIGHT = 'a finite number from 0 to 1000000';
  const MASK = "'pred', 'gt' or 'union'";
  const UPSAMPLE = "'nearest', 'bilinear' or 'none'";
  const REDUCTION = "'none', 'mean' or 'sum'";
  const BOOLEAN = 'true or false';

  test.each<[keyof PSELossOptions, unknown, string, string]>([
    ['alpha', -0.1, ALPHA, 'the number -0.1'],
    ['alpha', 1.1, ALPHA, 'the number 1.1'],
    ['alpha', Number.NaN, ALPHA, 'the number NaN'],
    ['kernelWeight', -1, WEIGHT, 'the number -1'],
    ['kernelWeight', 1e7, WEIGHT, 'the number 10000000'],
    ['kernelWeight', Infinity, WEIGHT, 'the number Infinity'],
    ['ohemRatio', -1, AT_LEAST_0, 'the number -1'],
    ['ohemRatio', Infinity, AT_LEAST_0, 'the number Infinity'],
    ['ohemRatio', Number.NaN, AT_LEAST_0, 'the number NaN'],
    ['textThreshold', Number.NaN, 'a finite number', 'the number NaN'],
    ['textThreshold', -Infinity, 'a finite number', 'the number -Infinity'],
    ['eps', 0, EPS, 'the number 0'],
    ['eps', -1e-6, EPS, 'the number -0.000001'],
    ['eps', 1e-31, EPS, 'the number 1e-31'],
    ['eps', Infinity, EPS, 'the number Infinity'],
  ])('%s %p, which is out of range', (name, value, requirement, got) => {
    expect(errorOf(() => optionsOf({ [name]: value }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_RANGE',
      message: `PSELoss: expected options.${name} to be ${requirement}, got ${got}`,
    });
  });

  const THRESHOLD = "a finite number or 'sigmoid-half'";
  test.each<[keyof PSELossOptions, unknown, string, string]>([
    ['alpha', '0.7', ALPHA, 'the string "0.7"'],
    ['alpha', null, ALPHA, 'null'],
    ['alpha', 1n, ALPHA, 'the bigint 1n'],
    ['kernelWeight', true, WEIGHT, 'true'],
    ['kernelWeight', null, WEIGHT, 'null'],
    ['kernelWeight', [1], WEIGHT, 'an array of 1 element'],
    ['ohemRatio', {}, AT_LEAST_0, 'an object'],
    ['ohemRatio', Symbol('3'), AT_LEAST_0, 'a symbol'],
    ['kernelSampleMask', 1, MASK, 'the number 1'],
    ['kernelSampleMask', null, MASK, 'null'],
    ['textThreshold', null, THRESHOLD, 'null'],
    ['textThreshold', 0n, THRESHOLD, 'the bigint 0n'],
    ['reduction', ['sum'], REDUCTION, 'an array of 1 element'],
    ['reduction', false, REDUCTION, 'false'],
    ['eps', '1e-6', EPS, 'the string "1e-6"'],
    ['eps', () => 1, EPS, 'a function'],
    ['epsInNumerator', 1, BOOLEAN, 'the number 1'],
    ['binarizeLabels', 'yes', BOOLEAN, 'the string "yes"'],
    ['fallbackMask', true, "'value' or 'nonzero'", 'true'],
    ['kernelTrainingMask', 0.5, "'value' or 'above-half'", 'the number 0.5'],
    ['upsample', 4, UPSAMPLE, 'the number 4'],
    ['alignCorners', null, BOOLEAN, 'null'],
    ['negativePool', [], "'all' or 'valid'", 'an array of 0 elements'],
    ['emptyImages', false, "'include' or 'skip'", 'false'],
    ['checkValues', 0, BOOLEAN, 'the number 0'],
    ['returnMask', 1, BOOLEAN, 'the number 1'],
    ['returnMask', 'true', BOOLEAN, 'the string "true"'],
    ['returnMask', null, BOOLEAN, 'null'],
  ])('%s %p, which is of another type', (name, value, requirement, got) => {
    expect(errorOf(() => optionsOf({ [name]: value }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss: expected options.${name} to be ${requirement}, got ${got}`,
    });
  });

  test.each<[keyof PSELossOptions, string, string, string]>([
    ['kernelSampleMask', 'predicted', MASK, ''],
    ['kernelSampleMask', 'GT', MASK, " (did you mean 'gt'?)"],
    ['kernelSampleMask', 'ohem', MASK, ''],
    ['kernelSampleMask', 'unoin', MASK, " (did you mean 'union'?)"],
    ['fallbackMask', 'non-zero', "'value' or 'nonzero'", " (did you mean 'nonzero'?)"],
    ['kernelTrainingMask', 'half', "'value' or 'above-half'", ''],
    ['upsample', 'Bilinear', UPSAMPLE, " (did you mean 'bilinear'?)"],
    ['upsample', 'bicubic', UPSAMPLE, ''],
    ['negativePool', 'valids', "'all' or 'valid'", " (did you mean 'valid'?)"],
    ['emptyImages', 'ignore', "'include' or 'skip'", ''],
    ['textThreshold', 'sigmoid_half', THRESHOLD, " (did you mean 'sigmoid-half'?)"],
    ['textThreshold', '0', THRESHOLD, ''],
    ['reduction', 'Mean', REDUCTION, " (did you mean 'mean'?)"],
    ['reduction', 'average', REDUCTION, ''],
  ])('%s %p, which is no word of its list', (name, value, requirement, hint) => {
    expect(errorOf(() => optionsOf({ [name]: value }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `PSELoss: expected options.${name} to be ${requirement}, got the string "${value}"${hint}`,
    });
  });

  test.each(['nearest', 'none'])('aligned corners without interpolation: %s', (upsample) => {
    expect(errorOf(() => optionsOf({ upsample, alignCorners: true }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_OPTION',
      message: `PSELoss: expected options.alignCorners to be false with upsample: '${upsample}', got true (it belongs to upsample: 'bilinear')`,
    });
  });

  const KNOWN = /\(known are alpha, .*kernelWeight, preset\)$/;
  test.each([
    ['ohem_ratio', "did you mean 'ohemRatio'?"],
    ['kernel_sample_mask', "did you mean 'kernelSampleMask'?"],
    ['Alpha', "did you mean 'alpha'?"],
    ['epsilon', KNOWN],
    ['reduce', KNOWN],
    ['weight', KNOWN],
    ['align_corners', "did you mean 'alignCorners'?"],
    ['presets', "did you mean 'preset'?"],
  ])('the unknown option %s', (name, hint) => {
    const { message, ...rest } = errorOf(() => optionsOf({ alpha: 0.5, [name]: 1 }));
    expect(rest).toEqual({ name: 'TypeError', code: 'ERR_PSE_OPTION' });
    expect(message).toContain(
      `PSELoss: expected options to be an object with known options only, got the option "${name}"`,
    );
    if (typeof hint === 'string') expect(message).toContain(` (${hint})`);
    else expect(message).toMatch(hint);
  });

  test.each([
    [null, 'null'],
    [0.7, 'the number 0.7'],
    ['mean', 'the string "mean"'],
    [[], 'an array of 0 elements'],
    [Promise.resolve({ preset: 'mmocr' }), 'a Promise'],
    [new Date(0), 'an object'],
    [/mean/, 'an object'],
  ])('options that are %p', (given, got) => {
    expect(errorOf(() => optionsOf(given))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss: expected options to be an object, got ${got}`,
    });
  });

  test('nothing of its own where a getter throws: the error passes as it is', () => {
    const thrown = new Error('from the getter');
    const given = {
      get alpha(): number {
        throw thrown;
      },
    };
    expect(() => new PSELoss(given)).toThrow(thrown);
  });
});
