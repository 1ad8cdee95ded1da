/** Who asks for a certificate by which the past can be read: by the annotation `history-reader`, `UNTIL KEY`. */
export interface HistoryReaderWish {
  readonly untilMs: number;
  /** Base64 of an SPKI. Its private half never leaves the machine of who asks. */
  readonly publicKey: string;
}

export const longestReadingMs = 3_600_000;

export const formatHistoryReader = ({ untilMs, publicKey }: HistoryReaderWish): string =>
  `${new Date(untilMs).toISOString()} ${publicKey}`;

/** Undefined for what is over, asks for too long, or makes no sense. */
export const parseHistoryReader = (text: string | undefined, nowMs: number): HistoryReaderWish | undefined => {
  const [, until = '', publicKey = ''] = /^(\S+) ([A-Za-z0-9+/]{80,200}={0,2})$/.exec(text ?? '') ?? [];
  const untilMs = Date.parse(until);
  return untilMs > nowMs && untilMs <= nowMs + longestReadingMs ? { untilMs, publicKey } : undefined;
};
