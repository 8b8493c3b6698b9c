// PSELoss.diagnose through the native code: what it says of whole batches, however they come. The rules themselves are
// tried in test/unit/diagnose, its pictures in diagnose-pictures.test.ts.
import { describe, expect, test } from '@jest/globals';
import {
  type AnyArray,
  compactLabels,
  type LabelArrays,
  type MapArray,
  PSELoss,
  type PSELossOptions,
} from 'pse-loss';
import { diagnoseBatch } from '../../lib/diagnose/diagnose';
import { FINDING_CODES } from '../../lib/diagnose/finding';
import { isPSEError } from '../../lib/errors';
import { referenceLoss } from '../reference/pse-loss';
import { asNumbers, LABEL_DTYPES, labelDTypes, makeBatch, SCENES } from '../support/batch';
import { errorOf } from '../support/error-of';
import { MAP, type Scene, SIZE, scene } from '../unit/diagnose/scene';
import { LABELS, MAPS } from './call';
import { given, TROUBLES } from './troubles';

type Maps = AnyArray<MapArray>;

/** Scenes as a batch of float32 maps and labels. */
function batchOf(images: readonly Scene[]) {
  const array = (planes: readonly (readonly number[])[], ...shape: number[]) => ({
    data: Float32Array.from(planes.flat()),
    shape: [images.length, ...shape],
  });
  const [{ maps, kernels }] = images as [Scene];
  return {
    maps: array(
      images.flatMap((image) => image.maps),
      ...[maps.length, MAP, MAP],
    ),
    labels: {
      gtTexts: array(
        images.map(({ text }) => text),
        ...[SIZE, SIZE],
      ),
      gtKernels: array(
        images.flatMap((image) => image.kernels),
        ...[kernels.length, SIZE, SIZE],
      ),
      trainingMasks: array(
        images.map(({ mask }) => mask),
        ...[SIZE, SIZE],
      ),
    },
  };
}

async function findingsOf(images: readonly Scene[], options: PSELossOptions = {}) {
  const { maps, labels } = batchOf(images);
  return (await new PSELoss(options).diagnose(maps, labels)).findings;
}

async function codesOf(images: readonly Scene[], options?: PSELossOptions) {
  return (await findingsOf(images, options)).map(({ code }) => code);
}

/** Without a pixel of text. */
const empty = () =>
  scene(({ text, kernels }) => {
    for (const plane of [text, ...kernels]) plane.fill(0);
  });

describe('findings', () => {
  test.each<PSELossOptions>([
    {},
    { kernelSampleMask: 'gt' },
    { kernelSampleMask: 'union', negativePool: 'valid', emptyImages: 'skip' },
    { preset: 'psenet' },
    { preset: 'mmocr' },
  ])('there are none in a batch that is well: %j', async (options) => {
    expect(await findingsOf([scene(), scene(), scene()], options)).toEqual([]);
  });

  const named = TROUBLES.map((trouble) => {
    const { code, severity, options = {} } = trouble;
    return [code, severity, JSON.stringify(options), trouble] as const;
  });
  test.each(named)('%s (%s, with %s) is found, and not where it is nearly so', async (...row) => {
    const [code, severity, , trouble] = row;
    const { trouble: broken, almost } = given(trouble);
    const found = await findingsOf(broken.images, broken.options);
    expect(found.find((finding) => finding.code === code)).toMatchObject({ code, severity });
    expect(await codesOf(almost.images, almost.options)).not.toContain(code);
  });

  test('every code is tried here; that of compact labels is below', () => {
    const tried = new Set(TROUBLES.map(({ code }) => code));
    const others = FINDING_CODES.filter((code) => !tried.has(code));
    expect(others).toEqual(['no-label-pictures']);
  });

  const options: readonly PSELossOptions[] = [
    { kernelSampleMask: 'pred', ohemRatio: 0.5 },
    { kernelSampleMask: 'union', negativePool: 'valid', emptyImages: 'skip' },
    { preset: 'psenet' },
    { preset: 'mmocr', kernelTrainingMask: 'above-half', epsInNumerator: true },
  ];
  test.each(SCENES)('are those of the masks and losses of the oracle: %s', async (name) => {
    for (const given of options) {
      const { maps, labels } = makeBatch({ seed: 70, scene: name, images: 3, maps: 'float64' });
      const loss = new PSELoss({ ...given, textThreshold: 0.25 });
      const {
        selectedMask: selected,
        kernelMask,
        perImage,
      } = referenceLoss(maps, labels, loss.options);
      const { options } = loss;
      const masks = { selected, kernelMask, perImage };
      const expected = diagnoseBatch({
        ...{ maps, labels, ...masks },
        options: { ...options, textThreshold: 0.25 },
      });
      expect((await loss.diagnose(maps, labels)).findings).toEqual(expected.findings);
    }
  });

  test('one about several images names them, beside an image that is well', async () => {
    const [found, ...others] = await findingsOf([empty(), scene(), empty()]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'no-text', severity: 'warning', images: [0, 2] });
    expect(found).not.toHaveProperty('image');
  });

  test('there are none without images, and no pictures', async () => {
    const batch = makeBatch({ seed: 71, images: 0 });
    for (const labels of [batch.labels, compactLabels(batch.labels, { scale: 4 })]) {
      const { findings, pictures } = await new PSELoss().diagnose(batch.maps, labels);
      expect([findings, await pictures()]).toEqual([[], {}]);
    }
  });
});

describe('options', () => {
  test("emptyImages: 'skip' makes empty images good to know, and says how many count", async () => {
    const images = [empty(), scene()];
    expect(await findingsOf(images)).toMatchObject([{ code: 'no-text', severity: 'warning' }]);
    expect(await findingsOf(images, { emptyImages: 'skip' })).toMatchObject([
      { code: 'no-text', severity: 'info' },
      { code: 'images-skipped', severity: 'info', image: 0, numbers: { images: 1, counted: 1 } },
    ]);
  });

  test('epsInNumerator makes them good to know, too', async () => {
    const found = await findingsOf([empty(), scene()], { epsInNumerator: true });
    expect(found).toMatchObject([{ code: 'no-text', severity: 'info' }]);
  });

  test('checkValues: true throws at nothing that is to be found', async () => {
    const { maps, labels } = batchOf([scene(({ maps: [text] }) => text!.fill(Number.NaN, 0, 1))]);
    const loss = new PSELoss({ checkValues: true });
    expect(errorOf(() => loss.forwardSync(maps, labels)).code).toBe('ERR_PSE_VALUE');
    const { findings } = await loss.diagnose(maps, labels);
    expect(findings.map(({ code }) => code)).toEqual(['nan-in-maps']);
  });

  test('the reduction and returnMask change nothing', async () => {
    const images = [empty(), scene()];
    const expected = await findingsOf(images);
    for (const reduction of ['none', 'mean', 'sum'] as const) {
      expect(await findingsOf(images, { reduction, returnMask: true })).toEqual(expected);
    }
  });

  test("upsample: 'none' takes maps of the labels' size", async () => {
    const { maps, labels } = makeBatch({ seed: 72, scale: 1, scene: 'no-text' });
    const { findings } = await new PSELoss({ upsample: 'none' }).diagnose(maps, labels);
    expect(findings[0]).toMatchObject({ code: 'no-text', images: [0, 1] });
  });

  test("upsample: 'bilinear' takes labels of any size", async () => {
    const size = { labelHeight: 41, labelWidth: 37 };
    const { maps, labels } = makeBatch({ seed: 73, ...size, scene: 'all-ignored' });
    const { findings } = await new PSELoss({ preset: 'psenet' }).diagnose(maps, labels);
    expect(findings[0]).toMatchObject({ code: 'all-ignored', numbers: { pixels: 2 * 41 * 37 } });
  });
});

describe('arrays', () => {
  test.each(['float16', 'bfloat16'] as const)('maps of %s are read as numbers', async (maps) => {
    for (const name of ['constant', 'some-empty', 'no-text'] as const) {
      const half = makeBatch({ seed: 74, scene: name, maps });
      const wide = asNumbers(half).maps as { data: Float32Array; shape: readonly number[] };
      const [actual, expected] = await Promise.all(
        [half.maps, wide].map((given) => new PSELoss().diagnose(given as Maps, half.labels)),
      );
      expect(actual!.findings.length).toBeGreaterThan(0);
      expect(actual!.findings).toEqual(expected!.findings);
      expect(await actual!.pictures()).toEqual(await expected!.pictures());
    }
  });

  test("the threshold 'sigmoid-half' is that of the dtype", async () => {
    const thresholdOf = async (maps: 'float32' | 'float64') => {
      const batch = makeBatch({ seed: 75, maps });
      batch.maps.data.fill(0);
      const { findings } = await new PSELoss().diagnose(batch.maps, batch.labels);
      return findings.find(({ code }) => code === 'kernel-mask-empty')?.numbers.threshold;
    };
    expect(await thresholdOf('float32')).toBe(1.5 * 2 ** -24);
    expect(await thresholdOf('float64')).toBe(1.5 * 2 ** -53);
  });

  test.each(LABEL_DTYPES)('labels of %s are read as numbers', async (dtype) => {
    for (const name of ['some-empty', 'tiny-text', 'instance-ids'] as const) {
      if (!labelDTypes(name).includes(dtype)) continue;
      const { maps, labels } = makeBatch({ seed: 76, scene: name, images: 3, labels: dtype });
      const floats = makeBatch({ seed: 76, scene: name, images: 3, labels: 'float32' });
      const actual = await new PSELoss().diagnose(maps, labels);
      const expected = await new PSELoss().diagnose(maps, floats.labels);
      expect(actual.findings.length).toBeGreaterThan(0);
      expect(actual.findings).toEqual(expected.findings);
      expect(await actual.pictures()).toEqual(await expected.pictures());
    }
  });

  test('bytes of bool labels that are not 0 are 1, and never out of range', async () => {
    const { maps, labels } = makeBatch({ seed: 77, scene: 'no-text', labels: 'bool' });
    const expected = await new PSELoss().diagnose(maps, labels);
    expect(expected.findings.map(({ code }) => code)).toEqual(['no-text']);
    const trainingMasks = {
      ...labels.trainingMasks,
      data: labels.trainingMasks.data.map((byte) => 255 * byte),
    };
    const actual = await new PSELoss().diagnose(maps, { ...labels, trainingMasks });
    expect(actual.findings).toEqual(expected.findings);
  });

  test('dims and type are shape and dtype', async () => {
    const { maps, labels } = makeBatch({
      seed: 78,
      scene: 'constant',
      maps: 'bfloat16',
      labels: 'bool',
    });
    const spelled = ({
      data,
      shape,
      dtype,
    }: {
      data: unknown;
      shape: unknown;
      dtype?: unknown;
    }) => ({
      ...{ data, dims: shape, type: dtype },
    });
    const others = Object.fromEntries(Object.entries(labels).map(([k, v]) => [k, spelled(v)]));
    const actual = await new PSELoss().diagnose(
      spelled(maps) as unknown as Maps,
      others as unknown as LabelArrays,
    );
    const expected = await new PSELoss().diagnose(maps, labels);
    expect(expected.findings.length).toBeGreaterThan(0);
    expect(actual.findings).toEqual(expected.findings);
  });

  test.each(['some-empty', 'constant', 'large-logits', 'tiny-text'] as const)(
    'compact labels say what the labels say, and that they have no pictures: %s',
    async (name) => {
      const { maps, labels } = makeBatch({ seed: 79, scene: name, images: 3 });
      const compact = compactLabels(labels, { scale: 4 });
      const loss = new PSELoss({ returnMask: true });
      const { findings } = await loss.diagnose(maps, labels);
      const ofCounts = (await loss.diagnose(maps, compact)).findings;
      expect(findings.length).toBeGreaterThan(0);
      expect(ofCounts.slice(0, -1)).toEqual(findings);
      expect(ofCounts.at(-1)?.code).toBe('no-label-pictures');
    },
  );

  test('are left as they were', async () => {
    const { maps, labels } = makeBatch({ seed: 80, maps: 'float16', scene: 'words' });
    const before = structuredClone({ maps, labels });
    const { pictures } = await new PSELoss({ preset: 'mmocr' }).diagnose(maps, labels);
    await pictures();
    expect({ maps, labels }).toStrictEqual(before);
  });
});

describe('errors', () => {
  const { gtTexts, ...withoutText } = LABELS;
  const short = { data: new Float32Array(3), shape: [1, 1, 1] };
  const doubled = { ...MAPS, dtype: 'float64' };
  test.each<[string, unknown, unknown, PSELossOptions?]>([
    ['no maps', undefined, LABELS],
    ['maps that are a string', 'maps', LABELS],
    ['maps of another rank', { data: MAPS.data, shape: [MAPS.data.length] }, LABELS],
    ['maps of another dtype than they say', doubled, LABELS],
    ['maps of bytes', { data: Uint8Array.from(MAPS.data), shape: MAPS.shape }, LABELS],
    ['no labels', MAPS, null],
    ['labels without texts', MAPS, withoutText],
    ['labels of another size', MAPS, { ...LABELS, trainingMasks: short }],
    ['labels of no multiple of the maps', MAPS, LABELS, { upsample: 'none' }],
    ['compact labels of no use', MAPS, compactLabels(LABELS, { scale: 4 }), { preset: 'mmocr' }],
    ['compact labels of another factor', MAPS, compactLabels(LABELS, { scale: 2 })],
  ])('%s: rejects with what forwardSync throws', async (_, maps, labels, options = {}) => {
    const loss = new PSELoss(options);
    const args = [maps, labels] as [Maps, LabelArrays];
    const thrown = errorOf(() => loss.forwardSync(...args));
    const promise = loss.diagnose(...args);
    expect(promise).toBeInstanceOf(Promise);
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (!isPSEError(error)) throw error;
    const { name, code, message } = error;
    expect({ name, code, message }).toEqual({
      ...thrown,
      message: thrown.message.replaceAll('PSELoss.forwardSync', 'PSELoss.diagnose'),
    });
  });

  test('what a getter throws comes as it is', async () => {
    const thrown = new Error('from the getter');
    const maps = {
      get data(): Float32Array {
        throw thrown;
      },
      shape: MAPS.shape,
    };
    await expect(new PSELoss().diagnose(maps, LABELS)).rejects.toBe(thrown);
  });
});

describe('interpolated maps', () => {
  /** A text map that is `low` but for one logit of the text, which interpolation lowers below 0. */
  function spike(low: number, high: number) {
    const { maps, labels } = batchOf([scene()]);
    const data = maps.data.slice();
    data.fill(low, 0, MAP * MAP);
    data[5 * MAP + 5] = high;
    return { maps: { ...maps, data }, labels };
  }
  const codes = async (preset: 'psenet' | 'mmocr', given: ReturnType<typeof spike>) =>
    (await new PSELoss({ preset }).diagnose(given.maps, given.labels)).findings;

  test('predict no text where every pixel lies below 0, though one logit does not', async () => {
    const found = await codes('psenet', spike(-6, 0.4));
    const finding = found.find(({ code }) => code === 'no-text-predicted');
    expect(finding?.message).toContain(
      'its largest logit there is 0.4 before interpolation, though',
    );
    const seen = await codes('psenet', spike(-6, 6));
    expect(seen.map(({ code }) => code)).not.toContain('no-text-predicted');
  });

  test('have an empty kernel mask for the same reason, and say so', async () => {
    const found = await codes('mmocr', spike(-8, 0.5));
    const finding = found.find(({ code }) => code === 'kernel-mask-empty');
    expect(finding?.message).toContain(
      '(its largest logit there is 0.5 before interpolation, text is above 0)',
    );
    const seen = await codes('mmocr', spike(-8, 8));
    expect(seen.map(({ code }) => code)).not.toContain('kernel-mask-empty');
  });
});

describe('a mask that leaves only text to learn', () => {
  test('is said, whichever pool OHEM has, and not where one pixel of background is left', async () => {
    for (const negativePool of ['all', 'valid'] as const) {
      const only = scene((image) => {
        image.mask = image.text.slice();
        image.maps[0]!.fill(9);
      });
      const { maps, labels } = batchOf([only]);
      const { findings } = await new PSELoss({ negativePool }).diagnose(maps, labels);
      expect(findings).toContainEqual(
        expect.objectContaining({
          code: 'ohem-no-background',
          severity: 'warning',
          message: expect.stringContaining('trainingMasks is 0 at all 384 pixels without text'),
        }),
      );
      const nearly = scene((image) => {
        image.mask = image.text.slice();
        image.mask[0] = 1;
      });
      const healthy = batchOf([nearly]);
      const { findings: others } = await new PSELoss({ negativePool }).diagnose(
        healthy.maps,
        healthy.labels,
      );
      expect(others.map(({ code }) => code)).not.toContain('ohem-no-background');
    }
  });
});
