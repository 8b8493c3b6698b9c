// Step 7: the intersection over union of two maps of class numbers, one image.

const EPS = 1e-6;

/**
 * The mean over the classes of inter / (union + 1e-6), over the pixels where the mask is exactly 1. All arrays are [P].
 * A class that is absent from both scores 0; a target between two classes belongs to none.
 */
export function iou(
  prediction: ArrayLike<number>,
  target: ArrayLike<number>,
  mask: ArrayLike<number>,
  classes = 2,
): number {
  const valid = Array.from(mask, (_, p) => p).filter((p) => mask[p] === 1);
  const ofClass = (number: number) => {
    const inter = valid.filter((p) => prediction[p] === number && target[p] === number).length;
    const union = valid.filter((p) => prediction[p] === number || target[p] === number).length;
    return inter / (union + EPS);
  };
  const scores = Array.from({ length: classes }, (_, number) => ofClass(number));
  return scores.reduce((sum, score) => sum + score, 0) / classes;
}
