// The three label arrays of a batch, taken together: each by itself, and whether they fit each other.
import { mismatch } from '../errors';
import {
  type ArrayArgument,
  type ArrayRequirement,
  readArray,
  type Sized,
  sameShape,
} from './array';
import { describe, describeShape, quote } from './describe';
import { checkInputElements, type InputArgument, readInput } from './tensor';

/** What labels may come in; read as they are. */
export const LABEL_DTYPES = ['float32', 'float64', 'uint8', 'bool', 'int32', 'int64'] as const;
export type LabelDType = (typeof LABEL_DTYPES)[number];

/** The labels of a batch, each checked by itself: arrays, unless handles may be among them. */
export interface LabelArguments<A = ArrayArgument<LabelDType>> {
  /** [N, H, W] */
  readonly gtTexts: A;
  /** [N, Kg, H, W] */
  readonly gtKernels: A;
  /** [N, H, W] */
  readonly trainingMasks: A;
}

/** The same where handles may be among them. */
export type LabelInputs = LabelArguments<InputArgument<LabelDType>>;

/** The axes of each label, in order. */
export const LABEL_AXES = {
  gtTexts: ['N', 'H', 'W'],
  gtKernels: ['N', 'Kg', 'H', 'W'],
  trainingMasks: ['N', 'H', 'W'],
} as const satisfies { readonly [name in keyof LabelArguments]: readonly string[] };

type Name = keyof LabelArguments;

/** Takes `{ gtTexts, gtKernels, trainingMasks }`, or throws ERR_PSE_TYPE, ERR_PSE_DTYPE or ERR_PSE_SHAPE. */
export function readLabels(call: string, labels: unknown): LabelArguments {
  return readEach(call, labels, readArray);
}

/** Takes the same with tensors among them; ERR_PSE_DISPOSED besides. */
export function readLabelInputs(call: string, labels: unknown): LabelInputs {
  return readEach(call, labels, readInput);
}

type Read<A> = (
  call: string,
  argument: string,
  value: unknown,
  requirement: ArrayRequirement<LabelDType>,
) => A;

function readEach<A extends InputArgument<LabelDType>>(
  call: string,
  labels: unknown,
  readOne: Read<A>,
): LabelArguments<A> {
  // Of a typed array every element would be a key, and a message could name them only after it has made them all.
  const bare = Array.isArray(labels) || ArrayBuffer.isView(labels);
  if (typeof labels !== 'object' || labels === null || bare) {
    throw mismatch('ERR_PSE_TYPE', {
      call,
      argument: 'labels',
      requirement: 'an object { gtTexts, gtKernels, trainingMasks }',
      got: describe(labels),
    });
  }
  const { gtTexts, gtKernels, trainingMasks } = labels as { readonly [name in Name]?: unknown };
  const label = (name: Name, value: unknown) => {
    if (value === undefined) throw missingLabel(call, name, labels);
    const requirement = { dtypes: LABEL_DTYPES, axes: LABEL_AXES[name] };
    return readOne(call, `labels.${name}`, value, requirement);
  };
  const read: LabelArguments<A> = {
    gtTexts: label('gtTexts', gtTexts),
    gtKernels: label('gtKernels', gtKernels),
    trainingMasks: label('trainingMasks', trainingMasks),
  };
  checkLabelElements(call, read);
  return read;
}

/** `checkElements` of all three: to be asked again if getters of the user's run after `readLabels`. */
export function checkLabelElements(call: string, labels: LabelInputs): void {
  checkInputElements(call, 'labels.gtTexts', labels.gtTexts);
  checkInputElements(call, 'labels.gtKernels', labels.gtKernels);
  checkInputElements(call, 'labels.trainingMasks', labels.trainingMasks);
}

/** Throws ERR_PSE_SHAPE unless masks and kernels are of the size of the texts. `kernels`: how many are needed at least. */
export function checkLabels(
  call: string,
  labels: LabelArguments<Sized>,
  kernels: number,
  hint?: () => string,
) {
  const { gtTexts, gtKernels, trainingMasks } = labels;
  const [images, height, width] = gtTexts.shape as readonly [number, number, number];
  const refuse = (name: Name, requirement: string, why?: string) =>
    mismatch('ERR_PSE_SHAPE', {
      call,
      argument: `labels.${name}`,
      requirement,
      got: describeShape(labels[name].shape),
      hint: why,
    });
  if (!sameShape(trainingMasks.shape, gtTexts.shape)) {
    throw refuse('trainingMasks', `${describeShape(gtTexts.shape)}, as labels.gtTexts`);
  }
  const given = gtKernels.shape[1] as number;
  if (!sameShape(gtKernels.shape, [images, given, height, width]) || given < kernels) {
    const requirement = `[${images}, Kg, ${height}, ${width}] with Kg ≥ ${kernels}`;
    throw refuse('gtKernels', requirement, hint?.());
  }
}

/** Whoever comes from Python writes gt_texts; whoever reads this sees what was written. */
function missingLabel(call: string, name: Name, labels: object) {
  const keys = Object.keys(labels).slice(0, 8);
  return mismatch('ERR_PSE_TYPE', {
    call,
    argument: `labels.${name}`,
    requirement: 'an object { data, shape }',
    got: describe(undefined),
    hint:
      keys.length > 0 && !keys.includes(name)
        ? `labels has ${keys.map(quote).join(', ')}`
        : undefined,
  });
}
