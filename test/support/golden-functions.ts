// The three functions alone, as upstream computes them: test/fixtures/golden/functions.
import { join } from 'node:path';
import { GOLDEN } from './golden';
import { type NpyArray, type NpyData, readNpz } from './npz';

/** What an upstream's dice loss makes of the rows: a loss a row, and the gradient of their sum. */
export interface GoldenDice {
  readonly upstream: 'psenet' | 'mmocr' | 'mmocr-0.x' | 'paddleocr';
  readonly eps: number;
  readonly epsInNumerator: boolean;
  /** whether upstream's function sets the target to 0 and 1 first */
  readonly binarizes: boolean;
  readonly float64: { readonly loss: Float64Array; readonly grad: Float64Array };
  readonly float32: { readonly loss: Float32Array; readonly grad: Float32Array };
}

/** Logits, targets and masks [9, 8, 8], and what four upstreams make of them. */
export function loadGoldenDice() {
  const arrays = open('dice');
  const one = (upstream: GoldenDice['upstream'], eps: number, binarizes: boolean): GoldenDice => ({
    ...{ upstream, eps, binarizes },
    epsInNumerator: upstream === 'mmocr-0.x',
    float64: {
      loss: arrays<Float64Array>(`loss_${upstream}_f64`).data,
      grad: arrays<Float64Array>(`grad_${upstream}_f64`).data,
    },
    float32: {
      loss: arrays<Float32Array>(`loss_${upstream}_f32`).data,
      grad: arrays<Float32Array>(`grad_${upstream}_f32`).data,
    },
  });
  return {
    input: arrays<Float32Array>('input'),
    target: arrays<Float32Array>('target'),
    mask: arrays<Float32Array>('mask'),
    results: [
      one('psenet', 1e-3, false),
      one('mmocr', 1e-3, true),
      one('mmocr-0.x', 1e-3, true),
      one('paddleocr', 1e-6, false),
    ],
  };
}

/** What an upstream's OHEM selects, [6, 12, 10]. */
export interface GoldenOhem {
  readonly upstream: 'psenet' | 'mmocr';
  readonly ohemRatio: number;
  /** how it reads the training mask where it falls back to it */
  readonly fallbackMask: 'value' | 'nonzero';
  readonly selected: NpyData;
}

/** Logits, targets and masks [6, 12, 10] with many ties, and what two upstreams select of them. */
export function loadGoldenOhem() {
  const arrays = open('ohem');
  const results: GoldenOhem[] = [
    {
      ...{ upstream: 'psenet', ohemRatio: 3, fallbackMask: 'value' },
      selected: arrays('selected_psenet').data,
    },
    ...[0.5, 1, 2.5, 3, 10].map(
      (ohemRatio): GoldenOhem => ({
        ...{ upstream: 'mmocr', ohemRatio, fallbackMask: 'nonzero' },
        selected: arrays(`selected_mmocr_ratio_${ohemRatio}`).data,
      }),
    ),
  ];
  return {
    scores: arrays<Float32Array>('scores'),
    gtTexts: arrays<Uint8Array>('gt_texts'),
    trainingMasks: arrays<Float32Array>('training_masks'),
    results,
  };
}

/** Class numbers, targets and masks [6, 240], and PSENet's mean IoU of each row over two and three classes. */
export function loadGoldenIou() {
  const arrays = open('iou');
  return {
    a: arrays<Uint8Array>('a'),
    b: arrays<Float32Array>('b'),
    mask: arrays<Float32Array>('mask'),
    results: [2, 3].map((nClass) => ({
      nClass,
      float64: arrays<Float64Array>(`iou_${nClass}_classes_f64`).data,
      float32: arrays<Float32Array>(`iou_${nClass}_classes_f32`).data,
    })),
  };
}

function open(name: string) {
  const file = `functions/${name}.npz`;
  const arrays = readNpz(join(GOLDEN, file));
  return <T extends NpyData = NpyData>(key: string): NpyArray<T> => {
    const found = arrays[key];
    if (found === undefined) throw new Error(`${file} holds no ${key}`);
    return found as NpyArray<T>;
  };
}
