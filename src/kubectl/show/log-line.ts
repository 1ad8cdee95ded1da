import type { Color, Paint } from '../../terminal/terminal.ts';

const colors: Readonly<Record<string, Color>> = { error: 'red', warn: 'yellow', debug: 'dim' };

const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not everything that ends up in a log is ours.
    return undefined;
  }
};

/** When a line was written, ms since the epoch; 0 where it does not say. */
export const timeOfLine = (line: string): number => Date.parse(String(parse(line)?.time ?? '')) || 0;

/** One JSON line of a log for a person: time, level, pod, what happened, and the fields. */
export const renderLogLine = (pod: string, line: string, paint: Paint): string => {
  const fields = parse(line);
  if (!fields) return `${paint('dim', pod)} ${line}`;
  const { time = '', level = '', message = '', ...rest } = fields;
  const clock = String(time).slice(11, 23);
  const shown = Object.entries(rest).map(([key, value]) => `${key}=${showValue(value)}`);
  const head = paint(colors[String(level)] ?? 'cyan', String(level).padEnd(5));
  return [paint('dim', clock), head, paint('dim', pod), String(message), ...shown].join(' ');
};

const showValue = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
};
