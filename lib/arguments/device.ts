// Devices that a user names.
import type { NativeDevice } from '../../binding.gyp';
import { mismatch, pseError } from '../errors';
import { describe } from './describe';
import type { Device } from './tensor';

/** Takes `'cpu'`, `'cuda'` or `'cuda:<number>'`, or throws ERR_PSE_TYPE or ERR_PSE_OPTION. */
export function readDevice(call: string, argument: string, value: unknown): Device {
  const requirement = "'cpu' or 'cuda:<number>'";
  if (typeof value !== 'string') {
    throw mismatch('ERR_PSE_TYPE', { call, argument, requirement, got: describe(value) });
  }
  if (value === 'cpu') return value;
  if (value === 'cuda') return 'cuda:0';
  if (/^cuda:(\d|[1-9]\d)$/.test(value)) return value as Device;
  throw mismatch('ERR_PSE_OPTION', { call, argument, requirement, got: describe(value) });
}

/** Throws ERR_PSE_CUDA_UNAVAILABLE for a device that this release does not compute on. */
export function checkDevice(call: string, device: Device): void {
  if (device === 'cpu') return;
  throw pseError(
    'ERR_PSE_CUDA_UNAVAILABLE',
    `${call}: there is no ${device}: this release computes on the CPU only`,
  );
}

/** As the addon takes it. */
export function toNativeDevice(device: Device): NativeDevice {
  return device === 'cpu' ? -1 : Number(device.slice('cuda:'.length));
}

/** As a user reads it. */
export function fromNativeDevice(device: NativeDevice): Device {
  return device < 0 ? 'cpu' : `cuda:${device}`;
}
