// onnxruntime-node, and tensors that came out of a real session of it, through the smallest model there is: y = Identity(x).
import vm from 'node:vm';
import type { Tensor } from 'onnxruntime-node';

/** What an expression is in the realm that Node itself has made, outside that of a test. */
const outside = <T>(expression: string) => vm.runInThisContext(expression) as T;

// Loaded there: onnxruntime compares classes by `instanceof`, and its own sessions make arrays of that realm.
const { createRequire } = outside<typeof import('node:module')>(
  "process.getBuiltinModule('node:module')",
);
export const ort: typeof import('onnxruntime-node') = createRequire(__filename)('onnxruntime-node');

/** The bits of halves, in the one array that onnxruntime takes for them. */
export function halves(...bits: readonly number[]): Uint16Array {
  return outside<typeof Uint16Array>('Uint16Array').from(bits);
}

/** onnx.proto's TensorProto.DataType, of the types that a loss takes. */
const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
} as const;

export type OnnxType = keyof typeof ELEMENT_TYPE;

/**
 * Whether a session takes tensors of a type: float16 lie in a Float16Array where Node has one, from release 24 on, and the
 * native side of onnxruntime 1.30 sees none of its elements.
 */
export function sessionTakes(type: OnnxType): boolean {
  return type !== 'float16' || !('Float16Array' in globalThis);
}

/** The tensor as a session gives it back: in memory of onnxruntime's own. */
export async function throughSession(tensor: Tensor): Promise<Tensor> {
  const session = await ort.InferenceSession.create(identityModel(tensor.type as OnnxType));
  const { y } = await session.run({ x: tensor });
  await session.release();
  return y as Tensor;
}

/** The model, as onnx.proto lays it out. Every number here is below 128, so each is one byte. */
function identityModel(type: OnnxType): Uint8Array {
  // ValueInfoProto: name = 1; type = 2, a TypeProto: tensor_type = 1, a TypeProto.Tensor: elem_type = 1, any shape
  const value = (name: string) =>
    message(text(1, name), nested(2, nested(1, number(1, ELEMENT_TYPE[type]))));
  // NodeProto: input = 1, output = 2, op_type = 4
  const node = message(text(1, 'x'), text(2, 'y'), text(4, 'Identity'));
  // GraphProto: node = 1, name = 2, input = 11, output = 12
  const graph = message(
    nested(1, node),
    text(2, 'identity'),
    nested(11, value('x')),
    nested(12, value('y')),
  );
  return Uint8Array.from(
    message(
      number(1, 8), // ModelProto: ir_version = 1, of 2021
      nested(7, graph), // graph = 7
      nested(8, number(2, 16)), // opset_import = 8, an OperatorSetIdProto: version = 2
    ),
  );
}

/** A protobuf message is its fields, one after the other. */
const message = (...fields: readonly (readonly number[])[]) => fields.flat();

/** A field is its number and the kind of what follows: 0 is a number, 2 a length and as many bytes. */
const number = (field: number, value: number) => [field << 3, value];
const nested = (field: number, bytes: readonly number[]) => [
  (field << 3) | 2,
  bytes.length,
  ...bytes,
];
const text = (field: number, value: string) => nested(field, [...Buffer.from(value)]);
