/** Powers of the suffixes of a Kubernetes quantity (apimachinery's resource.Quantity). */
const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const shape = /^([+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?[0-9]+))?$/;

/** The number that a Kubernetes quantity stands for (`50Mi`, `1.5G`, `1e6`); undefined when it is none. */
export const parseQuantity = (text: string): number | undefined => {
  const match = shape.exec(text);
  if (!match) return undefined;
  const [, figure, suffix = '', exponent = '0'] = match;
  return Number(figure) * (suffixes[suffix] ?? 1) * 10 ** Number(exponent);
};
