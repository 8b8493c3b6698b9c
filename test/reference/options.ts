// The options of the oracle: the names are the product's, the code is not.

export type PresetName =
  | 'paddleocr'
  | 'paddleocr-2.4'
  | 'psenet'
  | 'psenet-py2'
  | 'mmocr'
  | 'mmocr-0.x';

/** `undefined` means not given. What is not given is the preset's, and what that does not say is PaddleOCR's. */
export interface ReferenceOptions {
  readonly preset?: PresetName | Omit<ReferenceOptions, 'preset'> | undefined;
  readonly alpha?: number | undefined;
  /** 1 − alpha where nobody gives it */
  readonly kernelWeight?: number | undefined;
  readonly ohemRatio?: number | undefined;
  readonly kernelSampleMask?: 'pred' | 'gt' | 'union' | undefined;
  readonly textThreshold?: number | 'sigmoid-half' | undefined;
  readonly reduction?: 'none' | 'mean' | 'sum' | undefined;
  readonly eps?: number | undefined;
  readonly epsInNumerator?: boolean | undefined;
  readonly binarizeLabels?: boolean | undefined;
  readonly fallbackMask?: 'value' | 'nonzero' | undefined;
  readonly kernelTrainingMask?: 'value' | 'above-half' | undefined;
  readonly upsample?: 'nearest' | 'bilinear' | 'none' | undefined;
  readonly alignCorners?: boolean | undefined;
  readonly negativePool?: 'all' | 'valid' | undefined;
  readonly emptyImages?: 'include' | 'skip' | undefined;
}

/** Every option with its value. */
export type Options = {
  readonly [name in Exclude<keyof ReferenceOptions, 'preset'>]-?: Exclude<
    ReferenceOptions[name],
    undefined
  >;
};
