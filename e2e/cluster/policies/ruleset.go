package main

import (
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// cluster is what rules are made from.
type cluster struct {
	pods       []*v1.Pod
	namespaces map[string]labels.Set
}

// direction is one side of a policy: what nft calls the pod's own address and the other's.
type direction struct{ name, own, peer string }

var (
	ingress = direction{"ingress", "daddr", "saddr"}
	egress  = direction{"egress", "saddr", "daddr"}
)

const table = "inet syncreplica-policies"

// ruleset is the whole table, which replaces the one before it. A pod that a policy selects has a chain of its own for
// the direction; what no rule of any policy lets through is dropped there.
func ruleset(node string, seen cluster, policies []*networking.NetworkPolicy) string {
	var chains strings.Builder
	jumps := map[string][]string{}
	for _, pod := range seen.pods {
		if pod.Spec.NodeName != node {
			continue
		}
		for _, way := range []direction{ingress, egress} {
			lines, isolated := linesOf(pod, way, seen, policies)
			if !isolated {
				continue
			}
			chain := way.name + "-" + pod.Status.PodIP
			jumps[way.name] = append(jumps[way.name], pod.Status.PodIP+" : jump "+chain)
			fmt.Fprintf(&chains, "  chain %s {\n%s    counter drop\n  }\n", chain, lines)
		}
	}
	hook := func(chain, kind string, ways ...direction) string {
		text := fmt.Sprintf("  chain %s {\n    type filter hook %s priority 10; policy accept;\n    ct state established,related accept\n", chain, kind)
		for _, way := range ways {
			if found := jumps[way.name]; len(found) > 0 {
				text += fmt.Sprintf("    ip %s vmap { %s }\n", way.own, strings.Join(found, ", "))
			}
		}
		return text + "  }\n"
	}
	// What a pod sends to its own node goes up to it, everything else through it.
	base := hook("through", "forward", egress, ingress) + hook("up", "input", egress)
	return fmt.Sprintf("table %s\ndelete table %s\ntable %s {\n%s%s}\n", table, table, table, chains.String(), base)
}

func linesOf(pod *v1.Pod, way direction, seen cluster, policies []*networking.NetworkPolicy) (string, bool) {
	lines, isolated := "", false
	for _, policy := range policies {
		if policy.Namespace != pod.Namespace || !selects(&policy.Spec.PodSelector, pod.Labels) || !isAbout(policy, way) {
			continue
		}
		isolated = true
		if way == ingress {
			for _, rule := range policy.Spec.Ingress {
				lines += ruleLines(pod, way, rule.From, rule.Ports, policy.Namespace, seen)
			}
			continue
		}
		for _, rule := range policy.Spec.Egress {
			lines += ruleLines(pod, way, rule.To, rule.Ports, policy.Namespace, seen)
		}
	}
	return lines, isolated
}

func isAbout(policy *networking.NetworkPolicy, way direction) bool {
	wanted := networking.PolicyTypeIngress
	if way == egress {
		wanted = networking.PolicyTypeEgress
	}
	return slices.Contains(policy.Spec.PolicyTypes, wanted)
}

// ruleLines lets through what comes from one of the peers and goes to one of the ports; none named are all.
func ruleLines(pod *v1.Pod, way direction, peers []networking.NetworkPolicyPeer, ports []networking.NetworkPolicyPort, namespace string, seen cluster) string {
	lines := ""
	let := func(match string, serving *v1.Pod) {
		for _, port := range portMatches(ports, serving) {
			lines += "    " + strings.TrimSpace(match+" "+port) + " return\n"
		}
	}
	if len(peers) == 0 {
		// A port by its name is that of whoever serves: going out to anybody, of each pod there is.
		if way == egress && hasNames(ports) {
			peers = []networking.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{}}}
		} else {
			let("", pod)
		}
	}
	for _, peer := range peers {
		if peer.IPBlock != nil {
			if match := blockMatch(way, peer.IPBlock); match != "" {
				let(match, pod)
			}
			continue
		}
		for _, other := range seen.pods {
			if !isPeer(peer, other, namespace, seen) {
				continue
			}
			serving := pod
			if way == egress {
				serving = other
			}
			let("ip "+way.peer+" "+other.Status.PodIP, serving)
		}
	}
	return lines
}

func isPeer(peer networking.NetworkPolicyPeer, pod *v1.Pod, namespace string, seen cluster) bool {
	if peer.NamespaceSelector == nil && pod.Namespace != namespace {
		return false
	}
	if peer.NamespaceSelector != nil && !selects(peer.NamespaceSelector, seen.namespaces[pod.Namespace]) {
		return false
	}
	return peer.PodSelector == nil || selects(peer.PodSelector, pod.Labels)
}

// blockMatch is empty for IPv6: these clusters have none.
func blockMatch(way direction, block *networking.IPBlock) string {
	if strings.Contains(block.CIDR, ":") {
		return ""
	}
	match := "ip " + way.peer + " " + block.CIDR
	for _, except := range block.Except {
		match += " ip " + way.peer + " != " + except
	}
	return match
}

func hasNames(ports []networking.NetworkPolicyPort) bool {
	return slices.ContainsFunc(ports, func(port networking.NetworkPolicyPort) bool {
		return port.Port != nil && port.Port.StrVal != ""
	})
}

// portMatches is one match a port: all, one, a range, or what the serving pod calls so.
func portMatches(ports []networking.NetworkPolicyPort, serving *v1.Pod) []string {
	if len(ports) == 0 {
		return []string{""}
	}
	var matches []string
	for _, port := range ports {
		protocol := strings.ToLower(string(v1.ProtocolTCP))
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		switch {
		case port.Port == nil:
			matches = append(matches, "meta l4proto "+protocol)
		case port.Port.StrVal != "":
			for _, number := range numbersOf(serving, port.Port.StrVal, protocol) {
				matches = append(matches, fmt.Sprintf("%s dport %d", protocol, number))
			}
		case port.EndPort != nil:
			matches = append(matches, fmt.Sprintf("%s dport %d-%d", protocol, port.Port.IntVal, *port.EndPort))
		default:
			matches = append(matches, fmt.Sprintf("%s dport %d", protocol, port.Port.IntVal))
		}
	}
	return matches
}

func numbersOf(pod *v1.Pod, name, protocol string) []int32 {
	var numbers []int32
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, port := range container.Ports {
			if port.Name == name && strings.EqualFold(string(port.Protocol), protocol) {
				numbers = append(numbers, port.ContainerPort)
			}
		}
	}
	return numbers
}

// selects says no to a selector that can't be read: the API server takes none such.
func selects(selector *metav1.LabelSelector, of labels.Set) bool {
	compiled, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && compiled.Matches(of)
}
