// The dynamic provisioner of the test cluster: makes "local" volumes for claims, in a folder that every machine sees.
//
// Kind "folder" (the default class): a folder. ReadWriteOnce is bound to the node its first pod was given to; any other
// access mode is seen by all nodes.
// Kind "filesystem": an ext4 file system of exactly the size asked for, on a loop device, so that a claim can be full.
// Roots belong to root with mode 0755, as on a disk of a provider: a pod that is not root needs fsGroup.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const name = "e2e.syncreplica.io/local"

type provisioner struct{ volumes string }

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig")
	volumes := flag.String("volumes", "", "folder for the volumes")
	flag.Parse()
	if err := run(*kubeconfig, *volumes); err != nil {
		fmt.Fprintln(os.Stderr, "provisioner: "+err.Error())
		os.Exit(1)
	}
}

func run(kubeconfig, volumes string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx := context.Background()
	// There is one of it, on the control machine, so it needs no election.
	controller.NewProvisionController(ctx, client, name, &provisioner{volumes},
		controller.LeaderElection(false), controller.Threadiness(4)).Run(ctx)
	return nil
}

// Provision makes the folder or file system and the volume that names it. Doing it twice gives the same.
func (p *provisioner) Provision(ctx context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	// As CSI drivers do: what asks for data is left to whoever brings it.
	if from := options.PVC.Spec.DataSourceRef; from != nil {
		return nil, controller.ProvisioningFinished, &controller.IgnoredError{Reason: "it asks to be filled from " + from.Kind + " " + from.Name}
	}
	folder := filepath.Join(p.volumes, options.PVName)
	source := v1.LocalVolumeSource{Path: folder}
	modes := options.PVC.Spec.AccessModes
	var err error
	switch kind := options.StorageClass.Parameters["kind"]; kind {
	case "folder":
		err = os.MkdirAll(folder, 0o755)
	case "filesystem":
		if !onOneNode(modes) {
			return nil, controller.ProvisioningFinished, fmt.Errorf("a file system of its own can be mounted on one node only: use ReadWriteOnce")
		}
		size := options.PVC.Spec.Resources.Requests[v1.ResourceStorage]
		fsType := "ext4"
		source.FSType = &fsType
		source.Path, err = makeFilesystem(ctx, folder+".img", size.Value())
	default:
		return nil, controller.ProvisioningFinished, fmt.Errorf("unknown kind %q in class %s", kind, options.StorageClass.Name)
	}
	if err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   modes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &source},
			NodeAffinity:                  affinity(modes, options.SelectedNodeName),
		},
	}
	return volume, controller.ProvisioningFinished, nil
}

// Delete removes what Provision made; what is gone already is no error.
func (p *provisioner) Delete(ctx context.Context, volume *v1.PersistentVolume) error {
	image := filepath.Join(p.volumes, volume.Name) + ".img"
	if _, err := os.Stat(image); err == nil {
		devices, err := loopsOf(ctx, image)
		if err != nil {
			return err
		}
		for _, device := range devices {
			if _, err := command(ctx, "losetup", "--detach", device); err != nil {
				return err
			}
		}
		return os.Remove(image)
	}
	return os.RemoveAll(filepath.Join(p.volumes, volume.Name))
}

func onOneNode(modes []v1.PersistentVolumeAccessMode) bool {
	for _, mode := range modes {
		if mode != v1.ReadWriteOnce && mode != v1.ReadWriteOncePod {
			return false
		}
	}
	return true
}

func affinity(modes []v1.PersistentVolumeAccessMode, node string) *v1.VolumeNodeAffinity {
	where := v1.NodeSelectorRequirement{Key: v1.LabelOSStable, Operator: v1.NodeSelectorOpIn, Values: []string{"linux"}}
	if onOneNode(modes) {
		where = v1.NodeSelectorRequirement{Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{node}}
	}
	terms := []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{where}}}
	return &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: terms}}
}

func makeFilesystem(ctx context.Context, image string, bytes int64) (string, error) {
	devices, err := loopsOf(ctx, image)
	if err != nil {
		return "", err
	}
	if len(devices) > 0 {
		return devices[0], nil
	}
	file, err := os.Create(image)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := file.Truncate(bytes); err != nil {
		return "", err
	}
	if _, err := command(ctx, "mkfs.ext4", "-q", "-F", "-m", "0", "-E", "root_owner=0:0", image); err != nil {
		return "", err
	}
	return command(ctx, "losetup", "--find", "--show", image)
}

func loopsOf(ctx context.Context, image string) ([]string, error) {
	if _, err := os.Stat(image); err != nil {
		return nil, nil
	}
	said, err := command(ctx, "losetup", "--associated", image, "--noheadings", "--output", "NAME")
	return strings.Fields(said), err
}

func command(ctx context.Context, program string, args ...string) (string, error) {
	said, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(said)), nil
}
