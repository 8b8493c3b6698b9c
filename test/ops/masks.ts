// What the two dice losses receive, as the addon gives it to a diagnosis: the kernel mask comes back in no result.
import type { PSELossOptions } from 'pse-loss';
import type { NativeBatch } from '../../binding.gyp';
import { resolveOptions } from '../../lib/loss/resolve';
import { callSync } from '../../lib/native/call';
import type { Batch } from '../support/batch';

/** An array that says its dtype where its class does not. */
interface Elements {
  readonly data: ArrayBufferView;
  readonly shape: readonly number[];
  readonly dtype?: string | undefined;
}

interface Given {
  readonly maps: Elements;
  readonly labels: { readonly [name in keyof Batch['labels']]: Elements };
}

/** float32 [N, H, W] each. */
export function masksOf({ maps, labels }: Given, options: PSELossOptions) {
  const { shape } = labels.gtTexts;
  const mask = () => ({
    data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
    shape,
    dtype: 'float32' as const,
  });
  const masks = { selectedMask: mask(), kernelMask: mask() };
  const native = Object.fromEntries(
    Object.entries({ maps, ...labels }).map(([name, { data, shape: sizes, dtype }]) => [
      name,
      { data, shape: sizes, dtype: dtype ?? DTYPES[data.constructor.name] },
    ]),
  );
  const nativeOptions = { ...resolveOptions(options), gradScale: 1 };
  callSync('masksOf', (addon) =>
    addon.lossMasks(
      { ...native, largest: 2 ** 20 } as unknown as NativeBatch,
      nativeOptions,
      masks,
    ),
  );
  return { selectedMask: masks.selectedMask.data, kernelMask: masks.kernelMask.data };
}

const DTYPES: Readonly<Record<string, string>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Uint8Array: 'uint8',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
};
