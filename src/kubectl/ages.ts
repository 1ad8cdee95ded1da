/** `90061` → `1d1h`: as kubectl shows an age, in at most two units. */
export const formatAge = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 10) return `${minutes}m${whole % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  return days < 8 ? `${days}d${hours % 24}h` : `${days}d`;
};

/** The age of an RFC 3339 time; '' for none. `nowMs` is wall clock. */
export const ageOf = (time: string | undefined, nowMs: number): string =>
  time === undefined ? '' : formatAge((nowMs - Date.parse(time)) / 1000);
