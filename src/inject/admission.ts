import { isDeepStrictEqual } from 'node:util';
import { labels } from '../api/names.ts';
import type { Pod } from '../pods/pod.ts';
import { claimsOf } from '../pods/volumes.ts';
import { errorCode, errorMessage } from '../process/failure.ts';
import type { AgentSettings } from './agent-container.ts';
import { injectSidecar } from './inject-sidecar.ts';
import { checkInjectedPod } from './injected-pod.ts';
import { applyPatch, makePatch } from './json-patch.ts';
import type { NamespaceLimits } from './limits/fit-resources.ts';
import { decideInjection, type Refusal, type ReplicaSource, refusalSentences, type SkipReason } from './policy.ts';
import { tellRefusals } from './told-refusals.ts';

/** What the pods of one namespace are judged by. */
export interface NamespaceView {
  /** Its valid SyncReplicas. */
  readonly replicas: readonly ReplicaSource[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: NamespaceLimits;
  /** Whether a claim's annotation says that its pods must have an agent. Takes a bounded time too. */
  readonly isRequired: (claim: string) => Promise<boolean>;
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

/** Why a pod must have an agent; undefined where it need not. */
type Demand = 'its label' | 'the label of its namespace' | 'the annotation of its claim' | undefined;

/**
 * Answers an AdmissionReview. Every pod is allowed, and whatever goes wrong only means that it gets no agent, but for one that
 * must have one, by its label, its namespace's or an annotation of its claim: that is refused in words until it can.
 * @param isAsked whether the API server asks because of the namespace's label
 */
export const reviewPod = async (
  body: string,
  lookup: ReplicaLookup,
  settings: AgentSettings,
  isAsked = false,
): Promise<Review> => {
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
  const demand: Demand =
    pod.metadata?.labels?.[labels.inject] === 'required'
      ? 'its label'
      : isAsked
        ? 'the label of its namespace'
        : undefined;
  if (!lookup.isSynced())
    return {
      result: 'not-ready',
      answer: without(request, demand, 'the operator has not read the cluster yet'),
      about,
    };
  try {
    const namespace = request.namespace ?? pod.metadata?.namespace ?? '';
    return await inject(request, pod, demand, about, await lookup.look(namespace), settings);
  } catch (error) {
    const why = { code: errorCode(error) || 'Unexpected', reason: errorMessage(error) };
    return { result: 'failed', answer: without(request, demand, why.reason), about: { ...about, ...why } };
  }
};

const inject = async (
  request: AdmissionRequest,
  pod: Pod,
  asked: Demand,
  about: Review['about'],
  { replicas, labels: namespaceLabels, limits, isRequired }: NamespaceView,
  settings: AgentSettings,
): Promise<Review> => {
  const surroundings = { podName: request.name, namespaceLabels, resources: settings.resources, limits };
  const { agents, refusals, skipped } = decideInjection(pod, surroundings, replicas);
  const warnings = refusals.map(
    ({ replica, reason }) => `SyncReplica ${replica}: no agent, because ${refusalSentences[reason]}`,
  );
  const told = refusals.length > 0 ? { refusals } : {};
  const uncovered = claimsOf(pod).filter((one) => !agents.some(({ sourceVolume }) => sourceVolume === one));
  const isDemanded = (await Promise.all(uncovered.map(isRequired))).includes(true);
  if (skipped !== undefined || isDemanded) {
    const result = skipped === 'Refused' ? 'refused' : 'skipped';
    const why = warnings.length > 0 ? warnings.join('; ') : skipSentences[skipped ?? 'NoMatch'];
    // What a namespace or a claim demands is not meant for pods that can have no agent.
    const isMeant = asked === 'its label' || skipped === undefined || skipped === 'NoMatch' || skipped === 'Refused';
    const demand = asked ?? (isDemanded ? 'the annotation of its claim' : undefined);
    const answer = without(
      request,
      isMeant ? demand : undefined,
      why,
      warnings,
      patchTo(pod, tellRefusals(pod, refusals)),
    );
    return { result, answer, about: { ...about, ...(skipped ? { skipped } : {}), ...told } };
  }
  const injected = injectSidecar(tellRefusals(pod, refusals), agents, settings);
  checkInjectedPod(injected);
  return {
    result: 'injected',
    answer: allow(request, warnings, patchTo(pod, injected)),
    about: { ...about, replicas: agents.map(({ replica }) => replica), ...told },
  };
};

const patchTo = (pod: Pod, wanted: Pod): readonly object[] => {
  const patch = makePatch(pod, wanted);
  if (!isDeepStrictEqual(applyPatch(pod, patch), wanted)) throw new Error('the patch gives another pod');
  return patch;
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

/** The pod without an agent, or not at all where it must have one. */
const without = (
  request: AdmissionRequest,
  demand: Demand,
  why: string,
  warnings: readonly string[] = [],
  patch: readonly object[] = [],
): object => {
  if (demand === undefined) return allow(request, warnings, patch);
  const message = `by ${demand} (${labels.inject}: required) the pod must have an agent, and gets none: ${why}`;
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

const allow = (request: AdmissionRequest, warnings: readonly string[] = [], patch: readonly object[] = []): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {
    uid: request.uid,
    allowed: true,
    ...(warnings.length > 0 ? { warnings } : {}),
    ...(patch.length > 0
      ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch), 'utf8').toString('base64') }
      : {}),
  },
});
