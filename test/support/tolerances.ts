// Every tolerance of the suite, per image, with its reason. One that has to be widened is a finding: write down why.
//
// `value` bounds the absolute error of losses and IoUs, `grad` that of gradients. What `grad` is relative to:
// - 'size': of each map, its gradient before cancellation, max over the logits of |2 / (b + c)| · Σ g·m² times the map's
//   weight (`gradSize` of the oracle). Near convergence the two terms of the gradient cancel, so that relative to the
//   gradient itself any float32 formula loses digits, PyTorch's own too.
// - 'largest': the largest absolute gradient of the whole case. Coarser, but needs no oracle.

export interface Tolerance {
  readonly value: number;
  readonly grad: number;
  readonly relativeTo: 'size' | 'largest';
}

export const TOLERANCES = {
  /** float32 product, oracle. One rounding of the result is 6e-8, the sigmoids' errors average out; 2e-7 is promised. */
  float32: { value: 2e-7, grad: 3e-7, relativeTo: 'size' },

  /** float64 product, oracle. Both in double: the order of at most 409 600 additions differs. */
  float64: { value: 1e-12, grad: 1e-12, relativeTo: 'size' },

  /** float32 product, upstream in float64. Upstream's results are the truth here: as above, gradient by the coarser measure. */
  float32Golden: { value: 5e-7, grad: 5e-6, relativeTo: 'largest' },

  /** Anything in float64, upstream in float64: the order of additions. The two independent restatements known differ by 3e-16. */
  float64Golden: { value: 1e-12, grad: 1e-12, relativeTo: 'largest' },

  /** PyTorch port in float32, product in float32. The port too rounds every pixel's product and sums in float32. */
  float32Port: { value: 1e-6, grad: 1e-5, relativeTo: 'largest' },

  /** PyTorch port in float32, Paddle in float32, which adds one after the other: on photos 4.4e-5 and 1.1e-4 off its own float64. */
  float32Paddle: { value: 1e-4, grad: 2e-4, relativeTo: 'largest' },

  /** PyTorch port in float64, product or upstream in float64: the order of additions. */
  float64Port: { value: 1e-12, grad: 1e-12, relativeTo: 'largest' },
} as const satisfies Record<string, Tolerance>;

/** Central differences in float64 with step 1e-5: 1e-16 / 1e-5 of rounding, 1e-10 times a third derivative below 1. */
export const FINITE_DIFFERENCES = 1e-9;
