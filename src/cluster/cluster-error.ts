import { Failure } from '../process/failure.ts';

/** What a refusal or failure means to a caller. */
export type ClusterErrorKind =
  | 'conflict'
  | 'alreadyExists'
  | 'notFound'
  | 'expired'
  | 'forbidden'
  | 'unauthorized'
  | 'invalid'
  | 'tooManyRequests'
  | 'unreachable'
  | 'server';

/** metav1.Status as the apiserver answers with it. */
export interface ApiStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

export class ClusterError extends Failure {
  readonly kind: ClusterErrorKind;
  /** HTTP status, 0 where there was no answer. */
  readonly status: number;
  /** How long the server asks to wait, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ClusterErrorKind,
    message: string,
    options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(`Cluster.${kind}`, message, { hint: hints[kind], cause: options.cause });
    this.name = 'ClusterError';
    this.kind = kind;
    this.status = options.status ?? 0;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const hints: Readonly<Record<ClusterErrorKind, string | undefined>> = {
  conflict: undefined,
  alreadyExists: undefined,
  notFound: undefined,
  expired: undefined,
  forbidden: 'compare the ClusterRole of the chart with what is in the cluster: kubectl auth can-i … --as the operator',
  unauthorized: 'the token or certificate is not accepted: look at the service account of the operator',
  invalid: 'the API server refuses the object: its message names the field',
  tooManyRequests: undefined,
  unreachable: 'the API server does not answer: look at it, at the network and at NetworkPolicies',
  server: undefined,
};

/** What an HTTP status and the reason of a metav1.Status mean (apimachinery's StatusReason). */
export const classifyStatus = (status: number, reason: string | undefined): ClusterErrorKind => {
  if (status === 409) return reason === 'AlreadyExists' ? 'alreadyExists' : 'conflict';
  if (status === 410 || reason === 'Expired' || reason === 'Gone') return 'expired';
  return byStatus[status] ?? (status >= 400 && status < 500 ? 'invalid' : 'server');
};

const byStatus: Readonly<Record<number, ClusterErrorKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'notFound',
  429: 'tooManyRequests',
};

/** `what` reads `verb object`, e.g. `apply StatefulSet shop/uploads-dr`. */
export const errorOfStatus = (what: string, httpStatus: number, body: ApiStatus | undefined): ClusterError => {
  const kind = classifyStatus(httpStatus, body?.reason);
  const seconds = body?.details?.retryAfterSeconds;
  return new ClusterError(kind, `${what}: ${body?.message ?? `the API server answered ${httpStatus}`}`, {
    status: httpStatus,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
  });
};

export const isClusterError = (error: unknown, ...kinds: readonly ClusterErrorKind[]): error is ClusterError =>
  error instanceof ClusterError && (kinds.length === 0 || kinds.includes(error.kind));
