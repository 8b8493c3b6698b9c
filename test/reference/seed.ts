// PaddleOCR's PSELoss once more, as shortly as it can be said: nearest upsampling, OHEM, two dice losses, two IoUs, and no
// option but its own four. It shares nothing with the oracle beside it, so that what an option does when it is off can be
// held against something that has never heard of it.
import type { Maps, Targets } from './values';

export interface SeedOptions {
  readonly alpha: number;
  readonly kernelSampleMask: 'pred' | 'gt';
  readonly eps: number;
}

/** [N] each, and the selection [N, H, W]. */
export function seedLoss(maps: Maps, targets: Targets, options: SeedOptions) {
  const [images, channels, h, w] = maps.shape as [number, number, number, number];
  const [, H, W] = targets.gtTexts.shape as [number, number, number];
  const given = targets.gtKernels.shape[1]!;
  const pixels = Array.from({ length: H * W }, (_, p) => p);
  const half = maps.data instanceof Float64Array ? 1.5 * 2 ** -53 : 1.5 * 2 ** -24;

  const ofImages = Array.from({ length: images }, (_, n) => {
    const logit = (c: number) => (p: number) => {
      const [i, j] = [Math.floor((Math.floor(p / W) * h) / H), Math.floor(((p % W) * w) / W)];
      return maps.data[((n * channels + c) * h + i) * w + j]!;
    };
    const x = logit(0);
    const g = (p: number) => targets.gtTexts.data[n * H * W + p]!;
    const m = (p: number) => targets.trainingMasks.data[n * H * W + p]!;
    const kernel = (k: number) => (p: number) =>
      targets.gtKernels.data[(n * given + k) * H * W + p]!;

    const positives = pixels.filter((p) => g(p) > 0.5 && !(m(p) <= 0.5)).length;
    const scores = pixels.filter((p) => g(p) <= 0.5).map(x);
    const quota = Math.trunc(Math.min(3 * positives, scores.length));
    const threshold = scores.sort((a, b) => b - a)[quota - 1]!;
    const selected = pixels.map((p) => {
      if (positives === 0 || quota === 0) return m(p);
      return (x(p) >= threshold || g(p) > 0.5) && m(p) > 0.5 ? 1 : 0;
    });

    const dice = (
      of: (p: number) => number,
      target: (p: number) => number,
      mask: (p: number) => number,
    ) => {
      let [a, b, c] = [0, options.eps, options.eps];
      for (const p of pixels) {
        const [s, t] = [mask(p) / (1 + Math.exp(-of(p))), mask(p) * target(p)];
        a += s * t;
        b += s * s;
        c += t * t;
      }
      return 1 - (2 * a) / (b + c);
    };
    const sampled = (p: number) =>
      m(p) * (options.kernelSampleMask === 'gt' ? g(p) : Number(x(p) > half));
    const losses = Array.from({ length: channels - 1 }, (_, k) =>
      dice(logit(1 + k), kernel(k), sampled),
    );

    const iou = (
      of: (p: number) => number,
      target: (p: number) => number,
      mask: (p: number) => number,
    ) => {
      const valid = pixels.filter((p) => mask(p) === 1);
      const ofClass = (number: number) => {
        const count = (is: (here: boolean, there: boolean) => boolean) =>
          valid.filter((p) => is(Number(of(p) > 0) === number, target(p) === number)).length;
        return count((a, b) => a && b) / (count((a, b) => a || b) + 1e-6);
      };
      return (ofClass(0) + ofClass(1)) / 2;
    };
    const lossText = dice(x, g, (p) => selected[p]!);
    const lossKernels = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    return {
      loss: options.alpha * lossText + (1 - options.alpha) * lossKernels,
      lossText,
      lossKernels,
      iouText: iou(x, g, m),
      iouKernel: iou(logit(channels - 1), kernel(given - 1), (p) => g(p) * m(p)),
      selected,
    };
  });

  const column = (name: 'loss' | 'lossText' | 'lossKernels' | 'iouText' | 'iouKernel') =>
    ofImages.map((image) => image[name]);
  return {
    loss: column('loss'),
    lossText: column('lossText'),
    lossKernels: column('lossKernels'),
    iouText: column('iouText'),
    iouKernel: column('iouKernel'),
    selectedMask: ofImages.flatMap(({ selected }) => selected),
  };
}
