import { isDeepStrictEqual } from 'node:util';
import { labels } from '../api/names.ts';
import type { Pod } from '../pods/pod.ts';
import { errorCode, errorMessage } from '../process/failure.ts';
import type { AgentSettings } from './agent-container.ts';
import type { NamespaceLimits } from './fit-resources.ts';
import { injectSidecar } from './inject-sidecar.ts';
import { checkInjectedPod } from './injected-pod.ts';
import { applyPatch, makePatch } from './json-patch.ts';
import { decideInjection, type Refusal, type ReplicaSource, refusalSentences, type SkipReason } from './policy.ts';

/** What the pods of one namespace are judged by. */
export interface NamespaceView {
  /** Its valid SyncReplicas. */
  readonly replicas: readonly ReplicaSource[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: NamespaceLimits;
  /** Who said so: the apiserver just now, or the cache because the apiserver could not be asked in time. */
  readonly from: 'apiserver' | 'cache';
}

/** What the webhook knows of the cluster. */
export interface ReplicaLookup {
  /** Takes a bounded time, whatever happens. */
  look(namespace: string): Promise<NamespaceView>;
  /** False until everything has been read once. */
  isSynced(): boolean;
}

/** The parts of an admission.k8s.io/v1 AdmissionReview that are read. */
interface AdmissionRequest {
  readonly uid: string;
  readonly kind?: { readonly group?: string; readonly kind?: string };
  readonly operation?: string;
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly object?: unknown;
}

/** `failed` and `not-ready` let the pod pass without an agent; `malformed` is no AdmissionReview at all. */
export const reviewResults = ['injected', 'skipped', 'refused', 'not-ready', 'failed', 'malformed'] as const;
export type ReviewResult = (typeof reviewResults)[number];

export interface Review {
  readonly result: ReviewResult;
  /** The AdmissionReview to answer with; undefined where the request was malformed. */
  readonly answer?: object;
  /** For the log. */
  readonly about: {
    readonly namespace?: string;
    readonly pod?: string;
    readonly replicas?: readonly string[];
    readonly skipped?: SkipReason;
    readonly refusals?: readonly Refusal[];
    readonly code?: string;
    readonly reason?: string;
  };
}

/**
 * Answers an AdmissionReview. Every pod is allowed, and whatever goes wrong only means that it gets no agent, but for one whose
 * label says that it must have one: that is refused in words until it can.
 */
export const reviewPod = async (body: string, lookup: ReplicaLookup, settings: AgentSettings): Promise<Review> => {
  const request = parseRequest(body);
  if (request === undefined) return { result: 'malformed', about: {} };
  const pod = request.object as Pod;
  const about = {
    namespace: request.namespace ?? '',
    pod: request.name || pod?.metadata?.name || pod?.metadata?.generateName || '',
  };
  if (!isPodCreation(request)) return { result: 'skipped', answer: allow(request), about };
  if (pod.metadata?.labels?.[labels.probe] === 'true')
    return { result: 'skipped', answer: allow(request, [`syncreplica ${settings.version} answers`]), about };
  if (!lookup.isSynced())
    return { result: 'not-ready', answer: without(request, pod, 'the operator has not read the cluster yet'), about };
  try {
    const namespace = request.namespace ?? pod.metadata?.namespace ?? '';
    return inject(request, pod, about, await lookup.look(namespace), settings);
  } catch (error) {
    const why = { code: errorCode(error) || 'Unexpected', reason: errorMessage(error) };
    return { result: 'failed', answer: without(request, pod, why.reason), about: { ...about, ...why } };
  }
};

const inject = (
  request: AdmissionRequest,
  pod: Pod,
  about: Review['about'],
  { replicas, labels: namespaceLabels, limits }: NamespaceView,
  settings: AgentSettings,
): Review => {
  const surroundings = { podName: request.name, namespaceLabels, resources: settings.resources, limits };
  const { agents, refusals, skipped } = decideInjection(pod, surroundings, replicas);
  const warnings = refusals.map(
    ({ replica, reason }) => `SyncReplica ${replica}: no agent, because ${refusalSentences[reason]}`,
  );
  const told = refusals.length > 0 ? { refusals } : {};
  if (skipped !== undefined) {
    const result = skipped === 'Refused' ? 'refused' : 'skipped';
    const why = warnings.length > 0 ? warnings.join('; ') : skipSentences[skipped];
    return { result, answer: without(request, pod, why, warnings), about: { ...about, skipped, ...told } };
  }
  const injected = injectSidecar(pod, agents, settings);
  checkInjectedPod(injected);
  const patch = makePatch(pod, injected);
  if (!isDeepStrictEqual(applyPatch(pod, patch), injected)) throw new Error('the patch gives another pod');
  return {
    result: 'injected',
    answer: allow(request, warnings, patch),
    about: { ...about, replicas: agents.map(({ replica }) => replica), ...told },
  };
};

const skipSentences: Readonly<Record<SkipReason, string>> = {
  NoMatch: 'no SyncReplica of the namespace means a volume of it; create that first, or take the label off',
  PodOptedOut: 'it opted out',
  NamespaceOptedOut: 'its namespace opted out of injection',
  MirrorPod: 'it is a static pod of a node',
  WindowsPod: 'it runs on Windows',
  OwnReceiver: 'it is a receiver',
  Refused: 'its SyncReplica refuses it',
};

/** The pod without an agent, or not at all where its label says so. */
const without = (request: AdmissionRequest, pod: Pod, why: string, warnings: readonly string[] = []): object => {
  if (pod.metadata?.labels?.[labels.inject] !== 'required') return allow(request, warnings);
  const message = `a pod with the label ${labels.inject}: required gets no agent: ${why}`;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: false, status: { code: 403, reason: 'Forbidden', message } },
  };
};

const isPodCreation = ({ kind, operation, subResource, object }: AdmissionRequest): boolean =>
  kind?.kind === 'Pod' &&
  (kind.group ?? '') === '' &&
  operation === 'CREATE' &&
  !subResource &&
  Array.isArray((object as Pod | undefined)?.spec?.containers);

const parseRequest = (body: string): AdmissionRequest | undefined => {
  try {
    const request = (JSON.parse(body) as { request?: AdmissionRequest } | null)?.request;
    return typeof request?.uid === 'string' ? request : undefined;
  } catch {
    return undefined;
  }
};

const allow = (request: AdmissionRequest, warnings: readonly string[] = [], patch?: readonly object[]): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {
    uid: request.uid,
    allowed: true,
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(patch ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch), 'utf8').toString('base64') } : {}),
  },
});
