// The target kernels over the whole batch: their order is a matter of the pipeline, not of an image.
import { type BatchFacts, total } from './facts';

/** One target over the whole batch. */
export interface KernelTotals {
  readonly pixels: number;
  readonly inText: number;
  readonly outside: number;
  readonly missing: number;
}

export function kernelTotals(facts: BatchFacts): KernelTotals[] {
  const { gtKernels } = facts.sizes;
  return Array.from({ length: gtKernels }, (_, k) => {
    const sum = (name: keyof KernelTotals) =>
      total(facts, ({ labels }) => labels.kernels[k]![name]);
    return {
      pixels: sum('pixels'),
      inText: sum('inText'),
      outside: sum('outside'),
      missing: sum('missing'),
    };
  });
}
