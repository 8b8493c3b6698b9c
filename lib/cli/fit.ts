// The main job on one photo: from flat logits, down the gradient of the loss.
import { setImmediate } from 'node:timers/promises';
import type { Diagnosis, Finding } from '../diagnose/finding';
import type { Labels } from '../tensor/batch';
import type { NdArray } from '../tensor/nd-array';
import { Adam } from './adam';
import { median } from './format';

/**
 * Where every logit starts. Below −ln 15 ≈ −2.71, the best logit of a 4×4 block with a single text pixel:
 * so every block that holds text ends above the logits that nothing moves (padding has no gradient, yet
 * stands in OHEM's pool), and OHEM never prefers those to a block that matters.
 */
export const FLAT = -3;

/** How far a logit can get in all, whatever the number of steps: a sigmoid within 1e-5 of 0 or 1. */
const TRAVEL = 15;
/** Yet never faster than this, in logits per step. */
const FASTEST = 1;

/** What the fit needs of a loss; `PSELoss` with `returnMask` is one. */
export interface LossLike {
  valueAndGradSync(maps: NdArray<Float32Array>, labels: Labels<NdArray<Uint8Array>>): LossOfStep;
  diagnose(
    maps: NdArray<Float32Array>,
    labels: Labels<NdArray<Uint8Array>>,
  ): Promise<Pick<Diagnosis, 'findings'>>;
}

/** The loss of one image, and its gradient. */
export interface LossOfStep {
  readonly perImage: { readonly [key in keyof FitPoint]: ArrayLike<number> };
  /** [1, C, h, w] */
  readonly grad: { readonly data: ArrayLike<number> };
  /** [1, H, W], the pixels that OHEM kept */
  readonly selectedMask?: { readonly data: ArrayLike<number> } | undefined;
}

/** The loss at one moment of the fit. */
export interface FitPoint {
  readonly loss: number;
  readonly lossText: number;
  readonly lossKernels: number;
  readonly iouText: number;
  readonly iouKernel: number;
}

/** What the diagnosis found before the first step and after the last; the same list where no step was made. */
export interface FitFindings {
  readonly start: readonly Finding[];
  readonly end: readonly Finding[];
}

/** A finished fit. */
export interface Fit {
  /** the loss before each step, and after the last one: steps + 1 points */
  readonly curve: readonly FitPoint[];
  readonly findings: FitFindings;
  /** logits [C, h, w] */
  readonly logits: Float32Array;
  /** OHEM's pixels [H, W] at the end */
  readonly selectedMask: ArrayLike<number>;
  /** the median; 0 where no step was made */
  readonly msPerStep: number;
}

export interface FitOptions {
  /** of the maps: [C, h, w] */
  readonly shape: readonly [number, number, number];
  /** 0 only evaluates the flat logits */
  readonly steps: number;
  /** called after each step; throwing ends the fit */
  readonly onStep?: (point: FitPoint, step: number, milliseconds: number) => void;
}

/** Fits the logits of one image. Lets the event loop turn between steps, so that Ctrl-C is heard. */
export async function fitLogits(
  loss: LossLike,
  labels: Labels<NdArray<Uint8Array>>,
  { shape, steps, onStep }: FitOptions,
): Promise<Fit> {
  const size = shape[0] * shape[1] * shape[2];
  const logits = new Float32Array(size).fill(FLAT);
  const maps = { data: logits, shape: [1, ...shape] };
  const adam = new Adam(size);
  const curve: FitPoint[] = [];
  const times: number[] = [];
  const { findings: start } = await loss.diagnose(maps, labels);
  for (let step = 0; step < steps; step++) {
    const began = performance.now();
    const result = loss.valueAndGradSync(maps, labels);
    adam.step(logits, result.grad.data, rateAt(step, steps));
    const elapsed = performance.now() - began;
    times.push(elapsed);
    const point = pointOf(result);
    curve.push(point);
    onStep?.(point, step, elapsed);
    await setImmediate();
  }
  const last = loss.valueAndGradSync(maps, labels);
  curve.push(pointOf(last));
  const { findings: end } = steps === 0 ? { findings: start } : await loss.diagnose(maps, labels);
  return {
    curve,
    findings: { start, end },
    logits,
    selectedMask: last.selectedMask?.data ?? [],
    msPerStep: median(times) ?? 0,
  };
}

/** The learning rate falls along half a cosine to 0: large strides first, then every block settles at its best value. */
export function rateAt(step: number, steps: number): number {
  const highest = Math.min(FASTEST, (2 * TRAVEL) / steps);
  return (highest * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}

function pointOf({ perImage }: LossOfStep): FitPoint {
  return {
    loss: perImage.loss[0]!,
    lossText: perImage.lossText[0]!,
    lossKernels: perImage.lossKernels[0]!,
    iouText: perImage.iouText[0]!,
    iouKernel: perImage.iouKernel[0]!,
  };
}
