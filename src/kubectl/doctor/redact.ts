/** What is left where a name was. */
const mark = '…';

/** A message without what may be a name of a file: samples, quoted text and everything with a slash. */
export const redactMessage = (text: string): string =>
  text
    .replace(/for example .*$/s, `for example ${mark}`)
    .replace(/"[^"]*"|“[^”]*”/g, `"${mark}"`)
    .replace(/\S*\/\S*/g, mark);

/** Fields of a log line that name no file: a fixed set, so that a new field is left out until somebody thought of it. */
const plainFields = new Set([
  'time',
  'level',
  'message',
  'name',
  'code',
  'target',
  'volume',
  'from',
  'to',
  'link',
  'phase',
  'version',
]);

/** A line of a log as an object, without names of files; what is no JSON is left out whole. */
export const redactLogLine = (line: string): object => {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line);
  } catch {
    return { leftOut: line.length };
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'number' || typeof value === 'boolean' || plainFields.has(key) ? value : mark,
    ]),
  );
};

type Json = unknown;
const messageKeys = new Set(['message', 'note', 'trouble']);
/** Fields that are lists of names. */
const nameKeys = new Set(['samples']);

/** The same for every message in an object, as deep as it goes. */
export const redactMessages = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(redactMessages);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      nameKeys.has(key)
        ? mark
        : messageKeys.has(key) && typeof part === 'string'
          ? redactMessage(part)
          : redactMessages(part),
    ]),
  );
};
