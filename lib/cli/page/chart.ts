// A line chart over steps as inline SVG. Colours and fonts are the page's; lines carry their names themselves.

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** the page's class for it: its colour and weight */
  readonly style: 'main' | 'first' | 'second';
}

export interface ChartOptions {
  readonly title: string;
  readonly series: readonly Series[];
  /** a dashed line: the best there is */
  readonly best: number;
  /** a loss is read in ratios, an IoU in differences */
  readonly scale: 'log' | 'linear';
}

const WIDTH = 460;
const HEIGHT = 230;
const PLOT = { left: 36, right: 356, top: 14, bottom: 200 };
/** Least distance of two names at the right edge. */
const LEADING = 15;
const LOG_TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];
const LINEAR_TICKS = [0, 0.25, 0.5, 0.75, 1];

export function chart({ title, series, best, scale }: ChartOptions): string {
  const values = [...series.flatMap((one) => one.values), best];
  const y = scale === 'log' ? logAxis(values) : linearAxis();
  const steps = Math.max(...series.map((one) => one.values.length - 1), 1);
  const x = (step: number) => PLOT.left + ((PLOT.right - PLOT.left) * step) / steps;
  const grid = y.ticks.map(
    (tick) =>
      `<path class="grid" d="M${PLOT.left} ${at(y.of(tick))}H${PLOT.right}"/><text class="tick" x="${PLOT.left - 6}" y="${at(y.of(tick) + 4)}" text-anchor="end">${short(tick)}</text>`,
  );
  const lines = series.map(({ values: own, style }) => {
    const points = own.map((value, step) => `${at(x(step))} ${at(y.of(value))}`);
    return `<path class="line ${style}" d="M${points.join('L')}"/>`;
  });
  const names = spread(
    series.map(({ name, values: own, style }) => {
      const last = own.at(-1)!;
      return { y: y.of(last), text: `${name} ${last.toFixed(3)}`, style };
    }),
  ).map(
    (label) =>
      `<text class="name ${label.style}" x="${PLOT.right + 8}" y="${at(label.y + 4)}">${label.text}</text>`,
  );
  const bound = `<path class="best" d="M${PLOT.left} ${at(y.of(best))}H${PLOT.right}"/>`;
  const ends = `<text class="tick" x="${PLOT.left}" y="${PLOT.bottom + 18}">step 0</text><text class="tick" x="${PLOT.right}" y="${PLOT.bottom + 18}" text-anchor="end">${steps}</text>`;
  return `<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title>${grid.join('')}${bound}${lines.join('')}${names.join('')}${ends}</svg>`;
}

/** A curve the size of a word, for a table. */
export function sparkline(values: readonly number[]): string {
  const [width, height] = [96, 22];
  const axis = logAxis(values);
  const top = Math.min(...values.map(axis.of));
  const bottom = Math.max(...values.map(axis.of), top + 1);
  const points = values.map((value, i) => {
    const px = 1 + ((width - 2) * i) / Math.max(1, values.length - 1);
    const py = 2 + ((height - 4) * (axis.of(value) - top)) / (bottom - top);
    return `${at(px)} ${at(py)}`;
  });
  return `<svg class="spark" viewBox="0 0 ${width} ${height}" aria-hidden="true"><path class="line main" d="M${points.join('L')}"/></svg>`;
}

interface Axis {
  readonly ticks: readonly number[];
  of(value: number): number;
}

function linearAxis(): Axis {
  return { ticks: LINEAR_TICKS, of: (value) => PLOT.bottom - (PLOT.bottom - PLOT.top) * value };
}

function logAxis(values: readonly number[]): Axis {
  const low = Math.log(Math.max(1e-4, Math.min(...values)) * 0.8);
  const high = Math.log(1.02);
  return {
    ticks: LOG_TICKS.filter((tick) => Math.log(tick) >= low),
    of: (value) => {
      const part = (Math.log(Math.max(1e-4, value)) - low) / (high - low);
      return PLOT.bottom - (PLOT.bottom - PLOT.top) * Math.min(1, Math.max(0, part));
    },
  };
}

/** Moves labels apart, in the order of their lines, and keeps them on the plot. */
function spread<T extends { readonly y: number }>(labels: readonly T[]): T[] {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  let floor = PLOT.top;
  const down = sorted.map((label) => {
    const y = Math.max(label.y, floor);
    floor = y + LEADING;
    return { ...label, y };
  });
  let ceiling = PLOT.bottom;
  return down.reverse().map((label) => {
    const y = Math.min(label.y, ceiling);
    ceiling = y - LEADING;
    return { ...label, y };
  });
}

function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function short(tick: number): string {
  return String(tick).replace(/^0\./, '.');
}
