const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1536` → `1.5 KiB`. */
export const formatBytes = (bytes: number): string => {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < binary.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${binary[unit]}`;
};

/** `1234567` → `1,234,567`. */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `0.0042` → `4.2 ms`, `75` → `1m 15s`. */
export const formatSeconds = (seconds: number): string => {
  if (seconds < 0.001) return '0 s';
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return hours > 0 ? `${hours}h ${minutes}m` : `${minutes}m ${whole % 60}s`;
};

/** A bar of `width` characters; `fraction` from 0 to 1. */
export const formatBar = (fraction: number, width: number): string => {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const partial = ' ▏▎▍▌▋▊▉'[eighths % 8] ?? '';
  return `${'█'.repeat(Math.floor(eighths / 8))}${eighths % 8 > 0 ? partial : ''}`.padEnd(width, '░');
};

/** One character for each figure, as high as it is beside the highest; '' for none. */
export const formatSparkline = (figures: readonly number[]): string => {
  const highest = figures.reduce((most, one) => Math.max(most, one), 0);
  const steps = '▁▂▃▄▅▆▇█';
  return figures.map((one) => steps[highest > 0 ? Math.min(7, Math.floor((one / highest) * 7.999)) : 0]).join('');
};
