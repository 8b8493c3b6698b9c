// A promised call gives the bits of its …Sync twin, whatever it is asked for.
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type CompactLabels,
  compactLabels,
  diceLoss,
  diceLossSync,
  iou,
  iouSync,
  libtorch,
  ohemBatch,
  ohemBatchSync,
  type PromisedCallOptions,
  PSELoss,
  type PSELossOptions,
  presets,
} from 'pse-loss';
import {
  type Batch,
  type LabelDType,
  labelDTypes,
  MAP_DTYPES,
  type MapDType,
  makeBatch,
} from '../../support/batch';

beforeAll(() => libtorch.load());

const PRESETS = Object.keys(presets) as readonly (keyof typeof presets)[];
const REDUCTIONS = ['none', 'mean', 'sum'] as const;

/** Both calls, promised and not. */
async function expectSameBits(
  options: PSELossOptions,
  maps: Batch<MapDType>['maps'],
  labels: Batch<MapDType, LabelDType>['labels'] | CompactLabels,
): Promise<void> {
  const loss = new PSELoss(options);
  expect(await loss.forward(maps, labels)).toStrictEqual(loss.forwardSync(maps, labels));
  expect(await loss.valueAndGrad(maps, labels)).toStrictEqual(loss.valueAndGradSync(maps, labels));
}

describe.each(PRESETS)('%s', (preset) => {
  test.each(REDUCTIONS)('under the reduction %s, with the mask and without', async (reduction) => {
    const { maps, labels } = makeBatch({
      ...{ seed: 90, images: 3, height: 9, width: 7 },
      scale: presets[preset].upsample === 'none' ? 1 : 4,
    });
    for (const returnMask of [false, true]) {
      await expectSameBits({ preset, reduction, returnMask }, maps, labels);
    }
  });
});

describe.each(MAP_DTYPES)('maps of %s', (dtype) => {
  test.each(['words', 'soft-labels', 'instance-ids'] as const)(
    'and labels of every dtype: %s',
    async (scene) => {
      for (const labelDType of labelDTypes(scene)) {
        const batch = makeBatch({ seed: 91, scene, maps: dtype, labels: labelDType, kernels: 2 });
        await expectSameBits({ returnMask: true, checkValues: false }, batch.maps, batch.labels);
      }
    },
  );

  test('and compact labels', async () => {
    const { maps, labels } = makeBatch({ seed: 92, maps: dtype });
    await expectSameBits({ reduction: 'mean' }, maps, compactLabels(labels, { scale: 4 }));
  });

  test('its gradient scaled, in float32, and in an array of the caller', async () => {
    const { maps, labels } = makeBatch({ seed: 93, maps: dtype });
    const loss = new PSELoss({ reduction: 'mean' });
    const calls: readonly (() => PromisedCallOptions)[] = [
      () => ({ gradScale: 1024 }),
      () => ({ gradDtype: 'float32' }),
      () => ({ gradScale: -3, gradDtype: 'float32', out: new Float32Array(maps.data.length) }),
      () => ({ out: maps.data.slice() }),
    ];
    for (const call of calls) {
      const expected = loss.valueAndGradSync(maps, labels, call());
      expect(await loss.valueAndGrad(maps, labels, call())).toStrictEqual(expected);
    }
  });
});

describe('arrays', () => {
  const { maps, labels } = makeBatch({ seed: 94 });
  const data = maps.data as Float32Array;

  test('that begin behind an offset', async () => {
    const buffer = new ArrayBuffer(data.byteLength + 24);
    const view = new Float32Array(buffer, 8, data.length);
    view.set(data);
    const bytes = labels.gtTexts.data as Uint8Array;
    const odd = new Uint8Array(new ArrayBuffer(bytes.length + 9), 3, bytes.length);
    odd.set(bytes);
    const given = { ...labels, gtTexts: { ...labels.gtTexts, data: odd } };
    const loss = new PSELoss();
    const actual = await loss.valueAndGrad({ ...maps, data: view }, given);
    expect(actual).toStrictEqual(loss.valueAndGradSync(maps, labels));
  });

  test('in shared memory, all or some of them', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(data.byteLength + 12), 12);
    shared.set(data);
    const loss = new PSELoss();
    const actual = await loss.valueAndGrad({ ...maps, data: shared }, labels);
    expect(actual).toStrictEqual(loss.valueAndGradSync(maps, labels));
  });

  test('of many calls at once: each gets its own', async () => {
    const batches = Array.from({ length: 40 }, (_, i) =>
      makeBatch({ seed: 100 + i, kernels: 1 + (i % 3), height: 3 + (i % 5), width: 4 }),
    );
    const loss = new PSELoss({ returnMask: true });
    const results = await Promise.all(
      batches.map((batch) => loss.valueAndGrad(batch.maps, batch.labels)),
    );
    expect(results).toStrictEqual(
      batches.map((batch) => loss.valueAndGradSync(batch.maps, batch.labels)),
    );
  });

  test('of no image', async () => {
    const none = makeBatch({ seed: 95, images: 0 });
    for (const reduction of REDUCTIONS) {
      await expectSameBits({ reduction, returnMask: true }, none.maps, none.labels);
    }
  });
});

test('so do the functions', async () => {
  const { gtTexts, trainingMasks } = makeBatch({ seed: 96, scale: 1 }).labels;
  const scores = {
    data: Float32Array.from(gtTexts.data, (text, i) => 2 * text - 1 + (i % 7) / 8),
    shape: gtTexts.shape,
  };
  const given = [scores, gtTexts, trainingMasks] as const;
  expect(await diceLoss(...given, { eps: 1e-3 })).toStrictEqual(
    diceLossSync(...given, { eps: 1e-3 }),
  );
  expect(await ohemBatch(...given)).toStrictEqual(ohemBatchSync(...given));
  const classes = [gtTexts, trainingMasks, gtTexts] as const;
  for (const reduce of [true, false]) {
    expect(await iou(...classes, { reduce })).toStrictEqual(iouSync(...classes, { reduce }));
  }
});
