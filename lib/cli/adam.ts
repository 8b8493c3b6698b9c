// Adam (Kingma and Ba, 2015) on one array, in place.
// Each value moves by about the rate whatever its gradient's size is: the dice gradient of one logit
// is of the order 1e-5 and shrinks as the sigmoid saturates, so plain descent would crawl.

const BETA1 = 0.9;
// Forgets within ten steps: gradients shrink by orders of magnitude within the hundred or so of a fit.
const BETA2 = 0.9;
// Far below every gradient that means anything: where the gradient is exactly 0, nothing moves.
const EPS = 1e-12;

/** The state of one optimiser. */
export class Adam {
  readonly #mean: Float32Array;
  readonly #square: Float32Array;
  #steps = 0;

  constructor(size: number) {
    this.#mean = new Float32Array(size);
    this.#square = new Float32Array(size);
  }

  /** Moves `values` against `grad`. */
  step(values: Float32Array, grad: ArrayLike<number>, rate: number): void {
    this.#steps += 1;
    const mean = this.#mean;
    const square = this.#square;
    const meanScale = 1 / (1 - BETA1 ** this.#steps);
    const squareScale = 1 / (1 - BETA2 ** this.#steps);
    for (let i = 0; i < values.length; i++) {
      const g = grad[i]!;
      const m = BETA1 * mean[i]! + (1 - BETA1) * g;
      const v = BETA2 * square[i]! + (1 - BETA2) * g * g;
      mean[i] = m;
      square[i] = v;
      values[i] = values[i]! - (rate * m * meanScale) / (Math.sqrt(v * squareScale) + EPS);
    }
  }
}
