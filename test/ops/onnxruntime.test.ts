// Tensors of onnxruntime-node as arguments of a loss, as they are: made by hand, and out of a real session.
import { describe, expect, test } from '@jest/globals';
import type { Tensor } from 'onnxruntime-node';
import { type LabelArrays, type NdArray, PSELoss } from 'pse-loss';
import { halves, type OnnxType, ort, sessionTakes, throughSession } from '../support/onnx';
import { LABELS, MAPS } from './call';

type Maps = NdArray<Float32Array | Float64Array | Uint16Array>;

const LOSS = new PSELoss({ returnMask: true });
const run = (maps: unknown, labels: unknown) =>
  LOSS.valueAndGradSync(maps as Maps, labels as LabelArrays);

/** The same elements as a tensor; bool from what is not 0. */
function tensorOf(type: OnnxType, { data, shape }: NdArray): Tensor {
  const values = Array.from(data as ArrayLike<number>);
  if (type === 'bool') return new ort.Tensor('bool', values.map(Boolean), shape);
  if (type === 'int64') return new ort.Tensor('int64', values.map(BigInt), shape);
  if (type === 'float16') return new ort.Tensor('float16', halves(...values), shape);
  return new ort.Tensor(type, values, shape);
}

/** Bits of halves between −2 and 2 as maps. */
const HALF_MAPS = {
  data: Uint16Array.from(MAPS.data, (_, i) => ((i * 7919) % 0x4000) | ((i % 2) << 15)),
  shape: MAPS.shape,
  dtype: 'float16' as const,
};
const DOUBLE_MAPS = { data: Float64Array.from(MAPS.data), shape: MAPS.shape };

describe('maps', () => {
  test.each<[OnnxType, Maps]>([
    ['float32', MAPS as NdArray<Float32Array>],
    ['float64', DOUBLE_MAPS],
    ['float16', HALF_MAPS],
  ])('%s give the bits of the array', async (type, maps) => {
    const tensor = tensorOf(type, maps);
    // In the array that onnxruntime chose: gradients come back in its class.
    const { shape, dtype } = maps;
    const expected = run({ data: tensor.data, shape, dtype }, LABELS);
    expect(run(tensor, LABELS)).toStrictEqual(expected);
    expect(expected.perImage).toStrictEqual(run(maps, LABELS).perImage);
    expect(Number.isFinite(expected.loss)).toBe(true);
    if (sessionTakes(type)) {
      expect(run(await throughSession(tensor), LABELS)).toStrictEqual(expected);
    }
  });
});

describe('labels', () => {
  const expected = run(MAPS, LABELS);
  test.each<OnnxType>(['float32', 'float64', 'uint8', 'bool', 'int32', 'int64'])(
    '%s give the bits of the array',
    async (type) => {
      const made = {
        gtTexts: tensorOf(type, LABELS.gtTexts),
        gtKernels: tensorOf(type, LABELS.gtKernels),
        trainingMasks: tensorOf(type, LABELS.trainingMasks),
      };
      expect(run(MAPS, made)).toStrictEqual(expected);
      const passed = {
        gtTexts: await throughSession(made.gtTexts),
        gtKernels: await throughSession(made.gtKernels),
        trainingMasks: await throughSession(made.trainingMasks),
      };
      expect(run(MAPS, passed)).toStrictEqual(expected);
    },
  );
});
