const names = /^@(hourly|daily|midnight|weekly|monthly|yearly|annually)$/;

/** Of minute, hour, day, month and weekday: the lowest and highest value, and the largest step. */
const fields: readonly (readonly [low: number, high: number, maxStep: number])[] = [
  [0, 59, 60],
  [0, 23, 24],
  [1, 31, 31],
  [1, 12, 12],
  [0, 7, 7],
];

const starOrRange = /^(?:[*]|([0-9]{1,2})-([0-9]{1,2}))(?:[/]([1-9][0-9]?))?$/;
const single = /^([0-9]{1,2})()()$/;

const isItem = (text: string, [low, high, maxStep]: readonly [number, number, number]): boolean => {
  const match = starOrRange.exec(text) ?? single.exec(text);
  if (!match) return false;
  const [, from, to, step] = match;
  return [from, to].every((figure) => !figure || (+figure >= low && +figure <= high)) && (!step || +step <= maxStep);
};

/**
 * Whether a text is a cron expression of five numeric fields (lists, ranges, steps of a range or of *) or an @name.
 * The CRD says the same by a regular expression. Ranges may still run backwards: see `rangesRunForwards`.
 */
export const isSchedule = (text: string): boolean => {
  if (names.test(text)) return true;
  const parts = text.split(/ +/);
  return (
    parts.length === fields.length &&
    fields.every((field, index) => parts[index]?.split(',').every((item) => isItem(item, field)))
  );
};

/** Whether no range is such as 30-10. */
export const rangesRunForwards = (text: string): boolean =>
  [...text.matchAll(/([0-9]{1,2})-([0-9]{1,2})/g)].every(([, from, to]) => Number(from) <= Number(to));
