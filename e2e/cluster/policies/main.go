// The network policies of the test cluster: keeps one node's packet filter as the NetworkPolicies say.
//
// Every pod, namespace and policy is watched; at each change the rules of this node's pods are written anew, all in one
// transaction. What is established stays. A node reaches its own pods whatever policies say: their probes come from there.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	node := flag.String("node", "", "name of the node whose pods are filtered")
	flag.Parse()
	if err := run(*kubeconfig, *node); err != nil {
		fmt.Fprintln(os.Stderr, "policies: "+err.Error())
		os.Exit(1)
	}
}

func run(kubeconfig, node string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	notify := func(any) {
		select {
		case changed <- struct{}{}:
		default: // the look that is due sees this too
		}
	}
	handler := cache.ResourceEventHandlerFuncs{AddFunc: notify, UpdateFunc: func(_, item any) { notify(item) }, DeleteFunc: notify}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, namespaces := factory.Core().V1().Pods(), factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	ctx := context.Background()
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	last := ""
	for range changed {
		// A lister of the cache itself has nothing to fail on.
		all, _ := pods.Lister().List(labels.Everything())
		spaces, _ := namespaces.Lister().List(labels.Everything())
		rules, _ := policies.Lister().List(labels.Everything())
		text := ruleset(node, view(all, spaces), sorted(rules))
		if text == last {
			continue
		}
		if err := load(ctx, text); err != nil {
			return err
		}
		last = text
	}
	return nil
}

func load(ctx context.Context, text string) error {
	nft := exec.CommandContext(ctx, "nft", "-f", "-")
	nft.Stdin = strings.NewReader(text)
	if said, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("load the rules: %w: %s\n%s", err, said, text)
	}
	return nil
}

// view keeps of the pods those that have an address of their own, and are not over.
func view(pods []*v1.Pod, namespaces []*v1.Namespace) cluster {
	seen := cluster{namespaces: map[string]labels.Set{}}
	for _, namespace := range namespaces {
		seen.namespaces[namespace.Name] = namespace.Labels
	}
	for _, pod := range pods {
		isOver := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
		if pod.Spec.HostNetwork || isOver || pod.Status.PodIP == "" {
			continue
		}
		seen.pods = append(seen.pods, pod)
	}
	// One that ends may have given its address to another already: of two the one that stays has it.
	slices.SortFunc(seen.pods, func(a, b *v1.Pod) int {
		return cmp.Or(strings.Compare(a.Status.PodIP, b.Status.PodIP), ending(a)-ending(b))
	})
	seen.pods = slices.CompactFunc(seen.pods, func(a, b *v1.Pod) bool { return a.Status.PodIP == b.Status.PodIP })
	return seen
}

func ending(pod *v1.Pod) int {
	if pod.DeletionTimestamp != nil {
		return 1
	}
	return 0
}

func sorted(policies []*networking.NetworkPolicy) []*networking.NetworkPolicy {
	slices.SortFunc(policies, func(a, b *networking.NetworkPolicy) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return policies
}
