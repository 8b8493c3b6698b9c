// Which PyTorch wheel to take. The plain name on PyPI is a CPU build on some machines and indexes, and a CUDA build of
// several gigabytes on others; nothing may be downloaded before that is known. Decisions only: no network in this file.

/** The PyTorch of the tests, and the LibTorch of the native build. */
export const TORCH_VERSION = '2.13.0';

/** PyTorch's own index of CPU builds. */
export const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';

/** How much a CUDA wheel brings with it: the wheel, and the nvidia-* wheels that it depends on. */
const CUDA_SIZE = 'about 3 GB to download and 6 GB on disk';

/**
 * The version that pip would install, out of the file that `pip install --dry-run --report` wrote.
 * undefined if the report names no torch.
 */
export function reportedVersion(report) {
  const item = report?.install?.find(({ metadata }) => metadata?.name === 'torch');
  return item?.metadata.version;
}

/**
 * What to install, or why to stop.
 * @param {{ plain: string | undefined, platform: string, allowCuda: boolean, cpuIndex: 'unknown' | 'open' | 'closed' }} seen
 *   `plain`: the version behind the plain name; `cpuIndex`: whether PyTorch's index answered, 'unknown' before it was asked.
 * @returns {{ action: 'install', requirement: string, index?: string } | { action: 'ask-cpu-index' } | { action: 'stop', reason: string }}
 */
export function chooseTorch({ plain, platform, allowCuda, cpuIndex }) {
  const requirement = `torch==${TORCH_VERSION}`;
  // PyTorch builds no CUDA for macOS: there the plain wheel is the CPU build.
  const plainIsCpu = plain?.endsWith('+cpu') || (plain !== undefined && platform === 'darwin');
  if (plainIsCpu || (allowCuda && plain !== undefined)) return { action: 'install', requirement };
  if (cpuIndex === 'unknown') return { action: 'ask-cpu-index' };
  if (cpuIndex === 'open') {
    return { action: 'install', requirement: `${requirement}+cpu`, index: CPU_INDEX };
  }
  if (plain === undefined) {
    return {
      action: 'stop',
      reason: `Neither pip's index nor ${CPU_INDEX} offers ${requirement} for this Python and this machine.`,
    };
  }
  return {
    action: 'stop',
    reason: [
      `pip's index offers torch ${plain}, which is a CUDA build (${CUDA_SIZE}),`,
      `and PyTorch's index of CPU builds, ${CPU_INDEX}, did not answer within 10 s.`,
      '',
      'Either open the way to that index,',
      'or give a folder of LibTorch with include/ and lib/:   PSE_LIBTORCH=<dir> npm start',
      'or take the CUDA build all the same:                   npm run setup -- --allow-cuda-wheel',
    ].join('\n'),
  };
}
