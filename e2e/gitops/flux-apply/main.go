// Applies a file as Flux's kustomize-controller does, by its own library: in stages, by server-side apply, in its order of
// kinds; with -wait until kstatus calls everything current. What stands in its way ends it with 1: the controller tries again.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/pkg/ssa"
	ssautil "github.com/fluxcd/pkg/ssa/utils"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the kubeconfig")
	namespace := flag.String("namespace", "", "the namespace of what names none")
	wait := flag.Bool("wait", false, "until everything is current")
	timeout := flag.Duration("timeout", 3*time.Minute, "how long to wait")
	flag.Parse()
	if err := apply(*kubeconfig, *namespace, flag.Arg(0), *wait, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func apply(kubeconfig, namespace, file string, wait bool, timeout time.Duration) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	cluster, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	objects, err := ssautil.ReadObjects(bytes.NewReader(text))
	if err != nil {
		return err
	}
	for _, object := range objects {
		if object.GetNamespace() == "" && !ssautil.IsClusterDefinition(object) {
			object.SetNamespace(namespace)
		}
	}
	poller := polling.NewStatusPoller(cluster, cluster.RESTMapper(), polling.Options{})
	manager := ssa.NewResourceManager(cluster, poller, ssa.Owner{Field: "kustomize-controller", Group: "kustomize.toolkit.fluxcd.io"})
	manager.SetOwnerLabels(objects, "shop", "flux-system")
	changes, err := manager.ApplyAllStaged(context.Background(), objects, ssa.DefaultApplyOptions())
	if err != nil {
		return err
	}
	for _, entry := range changes.Entries {
		fmt.Println(entry.String())
	}
	if !wait {
		return nil
	}
	return manager.WaitForSet(changes.ToObjMetadataSet(), ssa.WaitOptions{Interval: time.Second, Timeout: timeout})
}
