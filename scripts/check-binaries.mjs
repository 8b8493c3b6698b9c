// What the built libraries ask of the system that loads them, and what they show of themselves. Reads the text that
// objdump, readelf and nm write, so that the tests can feed it planted text.

/** LibTorch's own floors, below which no user can be. CXXABI_1.3.10 came with GLIBCXX_3.4.22, in GCC 6.1. */
const FLOORS = { GLIBC: '2.28', GLIBCXX: '3.4.22', CXXABI: '1.3.10' };

/** What every Linux with glibc has, or LibTorch itself already asks for. */
const SYSTEM =
  /^(libstdc\+\+\.so\.6|libgcc_s\.so\.1|libc\.so\.6|libm\.so\.6|libdl\.so\.2|libpthread\.so\.0|ld-linux-[\w-]+\.so\.\d)$/;

/** By file name: the libraries that must be linked, those that may be besides the system's, and all that is exported. */
const RULES = [
  {
    files: /^pse_loss\.node$/,
    needed: [],
    exported: ['napi_register_module_v1', 'node_api_module_get_api_version_v1'],
  },
  {
    files: /^libpse_ops-\d+\.\d+\.so$/,
    needed: ['libtorch_cpu.so', 'libc10.so'],
    // LibTorch brings one under this name, which is the one that serves.
    tolerated: ['libgomp.so.1'],
    exported: ['pse_api'],
  },
];

/** Violations of one library, by its name and the output of `objdump -T`, `readelf -dW` and `nm -D --defined-only`. */
export function checkBinary(name, { objdump, readelf, nm }) {
  const rule = RULES.find(({ files }) => files.test(name));
  if (rule === undefined) return [`${name}: a library that no rule knows`];
  return [...checkFloors(objdump), ...checkLinks(readelf, rule), ...checkExports(nm, rule)].map(
    (violation) => `${name}: ${violation}`,
  );
}

function checkFloors(objdump) {
  return objdump.split('\n').flatMap((line) => {
    const [, family, version] = /\b(GLIBC|GLIBCXX|CXXABI)_(\d+(?:\.\d+)+)\b/.exec(line) ?? [];
    if (family === undefined || !isNewer(version, FLOORS[family])) return [];
    const symbol = line.trim().split(/\s+/).at(-1);
    return [`${symbol} needs ${family}_${version}, newer than ${family}_${FLOORS[family]}`];
  });
}

function checkLinks(readelf, { needed, tolerated = [] }) {
  const linked = [...readelf.matchAll(/\(NEEDED\).*\[(.+?)\]/g)].map(([, library]) => library);
  const paths = [...readelf.matchAll(/\((?:RPATH|RUNPATH)\).*\[(.*?)\]/g)].map(([, text]) => text);
  const allowed = (library) => SYSTEM.test(library) || [...needed, ...tolerated].includes(library);
  return [
    ...linked.filter((library) => !allowed(library)).map((library) => `links ${library}`),
    ...needed
      .filter((library) => !linked.includes(library))
      .map((library) => `does not link ${library}`),
    ...paths.filter((text) => text !== '$ORIGIN').map((text) => `looks for libraries in ${text}`),
    // A missing symbol must be found when the library is opened, where the error can be caught.
    ...(/\bBIND_NOW\b/.test(readelf) ? [] : ['is bound lazily (no BIND_NOW)']),
  ];
}

function checkExports(nm, { exported }) {
  const found = nm
    .split('\n')
    .map((line) => line.trim().split(/\s+/).at(-1) ?? '')
    .filter(Boolean);
  return [
    ...found.filter((symbol) => !exported.includes(symbol)).map((symbol) => `exports ${symbol}`),
    ...exported
      .filter((symbol) => !found.includes(symbol))
      .map((symbol) => `does not export ${symbol}`),
  ];
}

function isNewer(version, floor) {
  const [a, b] = [version, floor].map((text) => text.split('.').map(Number));
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
